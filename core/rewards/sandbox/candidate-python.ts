// Python of the sandbox, second part: the interpreter that belongs to a candidate. It holds no test and no expected value, so
// that whatever the candidate does to it, the candidate can only choose what its own functions return, and what a row's set-up
// code, which makes objects of the candidate's classes and so runs here too, comes to: set-up is not trusted.

/** Module `forethought_candidate`: load a program, then do what the judge asks of it. */
export const candidatePython = String.raw`
import builtins, contextlib, inspect, io, itertools, json, math, operator, sys, time, types
from forethought_values import BINARY, CONTAINERS, PLAIN, MUTABLE, NotPlain, decode, encode, encode_as, told

LONGEST = 100_000
# What objects have anyway, and what defining them changes nothing of for whoever only holds what a plain type holds.
COMMON = (set(dir(object)) - {"__lt__", "__le__", "__gt__", "__ge__", "__str__", "__format__"}) | {
    "__del__", "__dict__", "__weakref__", "__slots__", "__match_args__", "__getnewargs__",
}
kept = []
places = {}
pending = {}


def keep(value):
    """How something that stays here is named: the same thing always by the same number."""
    place = places.setdefault(id(value), len(kept))
    if place == len(kept):
        kept.append(value)
    return [place, type(value).__name__]


def refer(value, depth=0):
    """An object by its number. A subclass of a plain type goes with what it holds and with what it does in its own way."""
    kind = type(value)
    base = next((each for each in kind.__mro__ if each in PLAIN), None)
    if base is None:
        return ["r", *keep(value)]
    if base not in CONTAINERS and base not in (int, float, str, complex, bytes):
        raise NotPlain(f"is a {kind.__name__}, which is more than a {base.__name__}")
    before = kind.__mro__[: kind.__mro__.index(base)]
    methods = {name for each in before for name, item in vars(each).items() if callable(item)} - COMMON
    own = [name for name in methods if hasattr(base, name) or name.startswith("__")]
    return ["u", encode_as(base, value, refer, depth), own, *keep(value)]


def listed(iterable):
    found = list(itertools.islice(iterable, LONGEST + 1))
    if len(found) > LONGEST:
        raise NotPlain(f"gives more than {LONGEST} items")
    return found


def each(iterable):
    """All items, or None for an iterator, which gives them once and may never end: whoever wants them takes some."""
    iterator = iter(iterable)
    return None if iterator is iterable else listed(iterator)


def take(iterator, count):
    """The next items, fewer at the end. What the iterator raises after some is raised when more are wanted."""
    if id(iterator) in pending:
        raise pending.pop(id(iterator))
    found = []
    try:
        found.extend(itertools.islice(iterator, count))
    except BaseException as error:
        if not found:
            raise
        pending[id(iterator)] = error
    return found


def defines(target, name):
    """Whether the class of target has such a method of its own, not the one of all objects."""
    return getattr(type(target), name, None) is not getattr(object, name, None)


OPERATIONS = {
    "call": lambda target, *args, **named: target(*args, **named),
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "next": next,
    "each": each,
    "take": take,
    "reversed": lambda target: listed(reversed(target)),
    "defines": defines,
    "callable": callable,
    "isinstance": lambda kind, value: isinstance(value, kind),
    "issubclass": lambda kind, value: issubclass(value, kind),
    "divmod": divmod,
    **{name: getattr(builtins, name) for name in ("len", "str", "repr", "bool", "int", "float", "complex", "round")},
    **{name: getattr(operator, f"__{name}__") for name in ("neg", "pos", "abs", "invert", "index")},
    **{name: getattr(operator, f"__{name}__") for name in BINARY if name != "divmod"},
}


def ended(error):
    """An exception as an answer. One that says that nothing can be waited for here is the sandbox's own."""
    if type(error) is RuntimeError and "stack switch" in str(error):
        return {"u": "needs an event loop, which the sandbox does not have"}
    return {"x": raised(error)}


def raised(error):
    """An exception: the names of its classes up to the first that Python has, its arguments, what it says, and the line. Its own
    __str__ may do anything, also nothing."""
    names = [kind.__name__ for kind in type(error).__mro__]
    known = next(i for i, kind in enumerate(type(error).__mro__) if builtins.__dict__.get(kind.__name__) is kind)
    try:
        message = str.__str__(str(error))[:2000]
    except BaseException:
        message = "(its message cannot be read)"
    try:
        args = encode(list(error.args), refer)
    except BaseException:
        args = None
    line = next((frame.lineno for frame in reversed(frames(error)) if frame.filename == "candidate.py"), None)
    if isinstance(error, SyntaxError):
        line = None  # its message has it
    return {"names": names[: known + 1], "args": args, "message": message, "line": line}


def frames(error):
    import traceback
    return traceback.extract_tb(error.__traceback__, limit=-200)


def module_of(*sources):
    """Runs sources one after the other in a module of their own, which is not __main__."""
    module = types.ModuleType("candidate")
    sys.modules["candidate"] = module
    keep(module)
    for source in sources:
        exec(compile(source, "candidate.py", "exec"), module.__dict__)
    return module


def load(job):
    """Answers with the names that the program defines: those of modules apart, because a test means the real ones, and of
    exceptions with the names of their classes, because a test may catch them."""
    module = module_of("\n".join(job["imports"]), job["code"], job["setup"])
    return told({"v": {name: nature(value) for name, value in module.__dict__.items() if not name.startswith("__")}})


def nature(value):
    if isinstance(value, types.ModuleType):
        return "module"
    if isinstance(value, type) and issubclass(value, BaseException):
        return raised(value.__new__(value))["names"]
    return "value"


def do(request):
    """One operation on something kept here: its value or what it raises, what it changed of its arguments in place, and what it
    printed when somebody listens."""
    name, index, given, named, listens = request
    args = [decode(item, find) for item in given]
    more = {key: decode(item, find) for key, item in named.items()}
    answer = {}
    heard = io.StringIO()
    with contextlib.redirect_stdout(heard) if listens else contextlib.nullcontext():
        try:
            answer["v"] = encode(OPERATIONS[name](kept[index], *args, **more), refer)
        except NotPlain:
            raise
        except BaseException as error:
            answer.update(ended(error))
    if listens:
        answer["o"] = heard.getvalue()
    changed = {str(key): now for key, value, before in arguments(args, given, more, named) if (now := encode(value, refer)) != before}
    if changed:
        answer["c"] = changed
    return told(answer)


def arguments(args, given, more, named):
    """Those that could be changed in place, by place or name, as they are now and as they came."""
    every = [*zip(range(len(args)), args, given), *[(key, more[key], named[key]) for key in more]]
    return [item for item in every if isinstance(item[1], MUTABLE)]


def find(data):
    match data:
        case ["r", int(place), str()]:
            return kept[place]
    raise ValueError("is not a value that can be read")


def reward(job):
    """A person's own reward function over a batch, called as TRL calls it. Answers with a list of floats, None, and what the function raises on one completion alone. Without completions it is not called."""
    module = module_of(job["source"])
    function = getattr(module, job["name"], None)
    if not callable(function):
        raise NameError(f"the source defines no function {job['name']!r}")
    named = {"prompts": job["prompts"], "completions": job["completions"], **job["columns"]}
    parameters = inspect.signature(function).parameters
    if all(parameter.kind is not parameter.VAR_KEYWORD for parameter in parameters.values()):
        named = {name: value for name, value in named.items() if name in parameters}
    count = len(job["completions"])
    if count == 0:
        return told({"v": []})
    every = range(count)
    try:
        return told({"v": scores_of(function, named, every)})
    except Exception as error:
        failing = faults_alone(function, named, count) if count > 1 else {}
        if not 0 < len(failing) < count:
            raise error
    # Its faults are those of some completions: the others are scored without them.
    sound = [place for place in every if place not in failing]
    found = dict(zip(sound, scores_of(function, named, sound)))
    return told({"v": [failing[place] if place in failing else found[place] for place in every]})


def scores_of(function, named, places):
    """Calls the function for some of the completions; raises for a return that is no list of their scores."""
    found = function(**{name: [value[place] for place in places] for name, value in named.items()})
    if not isinstance(found, (list, tuple)):
        raise TypeError(f"it returned {type(found).__name__}, not a list with one number for each completion")
    if len(found) != len(places):
        raise ValueError(f"it returned {len(found)} scores for {len(places)} completions")
    return [score(value, places[at]) for at, value in enumerate(found)]


# A call over a batch says which exception it met and not for which completion. Looking must not take the time of the call.
LOOK_SECONDS = 2


def faults_alone(function, named, count):
    """What each completion raises alone, by its place; nothing when looking takes too long."""
    failing = {}
    until = time.monotonic() + LOOK_SECONDS
    for place in range(count):
        if time.monotonic() > until:
            return {}
        try:
            scores_of(function, named, [place])
        except Exception as error:
            failing[place] = ended(error)
    return failing


def score(value, place):
    if value is None:
        return None
    if not isinstance(value, (int, float)):
        raise TypeError(f"score {place + 1} is {type(value).__name__}, not a number")
    if not math.isfinite(value):
        raise ValueError(f"score {place + 1} is {float(value)}, not a finite number")
    return float(value)


def handle(kind, payload):
    try:
        return {"load": load, "do": do, "reward": reward}[kind](json.loads(payload))
    except NotPlain as error:
        return told({"u": str(error)})
    except BaseException as error:
        return told(ended(error))
`;
