// Python of the sandbox, second part: the interpreter that belongs to a candidate. It holds no test and no expected value, so
// that whatever the candidate does to it, the candidate can only choose what its own functions return, and what a row's set-up
// code, which makes objects of the candidate's classes and so runs here too, comes to: set-up is not trusted.

/** Module `forethought_candidate`: load a program, then do what the judge asks of it. */
export const candidatePython = String.raw`
import builtins, inspect, itertools, json, math, operator, sys, types
from forethought_values import NotPlain, decode, encode, told

LONGEST = 100_000
kept = []


def refer(value):
    kept.append(value)
    return ["r", len(kept) - 1, type(value).__name__]


def listed(iterable):
    found = list(itertools.islice(iterable, LONGEST + 1))
    if len(found) > LONGEST:
        raise NotPlain(f"gives more than {LONGEST} items")
    return found


OPERATIONS = {
    "call": lambda target, *args, **named: target(*args, **named),
    "get": getattr,
    "set": setattr,
    "item": operator.getitem,
    "len": len,
    "list": listed,
    "next": next,
    "str": str,
}


def raised(error):
    """An exception in words. Its own __str__ may do anything, also nothing."""
    try:
        message = str.__str__(str(error))[:2000]
    except BaseException:
        message = "(its message cannot be read)"
    line = next((frame.lineno for frame in reversed(frames(error)) if frame.filename == "candidate.py"), None)
    if line is not None and not isinstance(error, SyntaxError):
        message += f" (line {line})"
    return told({"x": [type(error).__name__, message]})


def frames(error):
    import traceback
    return traceback.extract_tb(error.__traceback__, limit=-200)


def module_of(*sources):
    """Runs sources one after the other in a module of their own, which is not __main__."""
    module = types.ModuleType("candidate")
    sys.modules["candidate"] = module
    kept[:] = [module]
    for source in sources:
        exec(compile(source, "candidate.py", "exec"), module.__dict__)
    return module


def load(job):
    """Answers with the names that the program defines; modules apart, because a test means the real ones."""
    module = module_of("\n".join(job["imports"]), job["code"], job["setup"])
    names = {name: isinstance(value, types.ModuleType) for name, value in module.__dict__.items()}
    return told({"v": {name: real for name, real in names.items() if not name.startswith("__")}})


def do(request):
    """One operation on something kept here. A function that returns None may have changed its arguments: they go back."""
    name, index, given, named = request
    resolve = lambda index, kind: kept[index]
    args = [decode(item, resolve) for item in given]
    value = OPERATIONS[name](kept[index], *args, **{key: decode(item, resolve) for key, item in named.items()})
    changed = None
    if name == "call" and value is None and args:
        changed = [encode(item, refer) if isinstance(item, (list, dict, set)) else None for item in args]
    return told({"v": encode(value, refer), "c": changed})


def reward(job):
    """A person's own reward function over a batch, called as TRL calls it. Answers with a list of floats and None."""
    module = module_of(job["source"])
    function = getattr(module, job["name"], None)
    if not callable(function):
        raise NameError(f"the source defines no function {job['name']!r}")
    named = {"prompts": job["prompts"], "completions": job["completions"], **job["columns"]}
    parameters = inspect.signature(function).parameters
    if all(parameter.kind is not parameter.VAR_KEYWORD for parameter in parameters.values()):
        named = {name: value for name, value in named.items() if name in parameters}
    found = function(**named)
    if not isinstance(found, (list, tuple)):
        raise TypeError(f"it returned {type(found).__name__}, not a list with one number for each completion")
    if len(found) != len(job["completions"]):
        raise ValueError(f"it returned {len(found)} scores for {len(job['completions'])} completions")
    return told({"v": [score(value, place) for place, value in enumerate(found)]})


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
    except BaseException as error:
        return raised(error)
`;
