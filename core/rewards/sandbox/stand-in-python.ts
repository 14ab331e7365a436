// Python of the sandbox, third part: what stands in the judge's interpreter for what is the candidate's. What Python would do with
// an object is asked of the candidate as far as it is the candidate's to say; what nobody but a liar could answer is undecided.

/** Module `forethought_stand_ins`: functions, classes, objects and exceptions of a candidate that lives in another process. */
export const standInPython = `
import builtins, json, sys, types
from collections import deque
from forethought_values import BINARY, MUTABLE, PLAIN, NotPlain, decode, encode, told

LONGEST = 100_000


class Undecided(BaseException):
    """Whether a test holds cannot be known here. No test catches it, and one that does is undecided all the same."""


class CandidateError(Exception):
    """The candidate is gone, or answers with what no program could."""


class Candidate:
    """The other side of the channel, while one submission is judged."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.undecided = []
        self.streams = {}
        self.exceptions = {}
        self.holders = {}
        self.surroundings = self.around()

    @staticmethod
    def around():
        """What a test may put in the place of: only what it hears is passed on."""
        return [sys.stdout, sys.stdin, builtins.input]

    def undecidable(self, why):
        self.undecided.append(why)
        raise Undecided(why)

    def ask(self, operation, target, args=(), named={}):
        """One question, one answer. Arguments go as plain values, and come back when they were changed in place."""
        stdout, *others = self.around()
        if others != self.surroundings[1:]:
            self.undecidable("the test puts something in the place of the input, which the program does not see")
        listens = stdout is not self.surroundings[0]
        try:
            given, more = [encode(item, self.refer) for item in args], {k: encode(v, self.refer) for k, v in named.items()}
            question = told([operation, target._of[0], given, more, listens])
        except NotPlain as error:
            self.undecidable(f"the test hands over something that {error}")
        answer = self.read(lambda: dict(json.loads(self.exchange(question))))
        if "gone" in answer:
            raise CandidateError(answer["gone"])
        if "u" in answer:
            self.undecidable(f"the program has or gives something that {answer['u']}")
        if listens:
            stdout.write(str(answer.get("o", "")))
        mine = {**{str(place): item for place, item in enumerate(args)}, **named}
        for name, data in self.read(lambda: dict(answer.get("c", {}))).items():
            restore(mine.get(name), self.decode(data))
        if "x" in answer:
            raise self.exception(answer["x"], operation)
        return self.decode(answer.get("v"))

    @staticmethod
    def read(reading):
        try:
            return reading()
        except Exception as error:
            raise CandidateError(f"it answers with something that no program can be ({type(error).__name__})") from None

    def refer(self, value, depth):
        if type(value) is Remote and not self.streams.get(value._of[0]):
            return ["r", *value._of[:2]]
        if hasattr(type(value), "held_from") and not isinstance(value, MUTABLE):
            return ["r", *value.held_from[:2]]
        raise NotPlain(f"is a {type(value).__name__}: it cannot be told in plain values")

    def decode(self, data):
        return self.read(lambda: decode(data, self.resolve))

    def resolve(self, data):
        match data:
            case ["r", int(place), str(kind)]:
                return Remote(place, kind, self)
            case ["u", inner, list(own), int(place), str(kind)]:
                return self.hold(decode(inner, self.resolve), own, (place, kind, self))
        raise ValueError("is not a value that can be read")

    def hold(self, value, own, of):
        """A value whose class is the candidate's, as what it holds. It compares as such, whatever its own __eq__ would say."""
        key = (type(value), *sorted(own))
        if key not in self.holders:
            self.holders[key] = type("Held", (type(value),), holder(type(value), own))
        held = self.holders[key](value)
        held.held_from = of
        return held

    def exception(self, data, operation):
        """What the candidate raised, in a class that a test can catch as it would catch the candidate's."""
        match data:
            case {"names": [*names, str(known)], "args": args, "message": str(message), "line": None | int() as line}:
                pass
            case _:
                return CandidateError("it raises something that no exception can be")
        kind = self.exception_class([*names, known])
        # The end of an iteration, raised where nothing is iterated, would end the test's own.
        if kind is None or issubclass(kind, (StopIteration, StopAsyncIteration)) and operation != "next":
            return CandidateError(": ".join([[*names, known][0], *filter(None, [message])]))
        try:
            error = kind(*self.decode(args if type(args) is list else ["l", message]))
        except Exception:
            return CandidateError(f"{kind.__name__}: {message}")
        error.raised_by = (self, message, line)
        return error

    def exception_class(self, names):
        """The class of these names, each of which derives from the next; the last is Python's. None where tests have none to catch."""
        kind = builtins.__dict__.get(names[-1])
        catchable = (Exception, SystemExit, KeyboardInterrupt)
        if not isinstance(kind, type) or not issubclass(kind, catchable):
            return None
        for name in reversed(names[:-1]):
            if not isinstance(name, str):
                return None
            known = self.exceptions.get((name, kind)) or type(name, (kind,), dict(raised_methods))
            self.exceptions[name, kind] = known
            kind = known
        return kind

    def close(self):
        sys.stdout, sys.stdin, builtins.input = self.surroundings


def say(error):
    return error.raised_by[1] if "raised_by" in error.__dict__ else BaseException.__str__(error)


def attribute_of_exception(error, name):
    if name.startswith("__") or "raised_by" not in error.__dict__:
        raise AttributeError(name)
    error.raised_by[0].undecidable(f"the test wants {name} of an exception of the program")


raised_methods = {"__init__": lambda self, *args, **named: None, "__str__": say, "__getattr__": attribute_of_exception}


def holder(base, own):
    """Methods of a class that holds a value of the plain type base. What the candidate's class does in its own way is undecided."""

    def refusing(name):
        def refuse(self, *args, **named):
            self.held_from[2].undecidable(f"the {self.held_from[1]} of the program has its own {name}")

        return refuse

    def attribute(self, name):
        if name.startswith("__") or name == "held_from":
            raise AttributeError(name)
        place, kind, candidate = self.held_from
        if base in MUTABLE:
            candidate.undecidable(f"{name} may change the {kind} of the program, of which the test has a copy")
        return candidate.ask("getattr", Remote(*self.held_from), (name,))

    return {**{name: refusing(name) for name in own}, "held_from": None, "__getattr__": attribute, "__repr__": base.__repr__}


def restore(argument, found):
    """What the candidate changed in place, as Python's call by reference would show it."""
    if type(argument) is not type(found) or not isinstance(argument, MUTABLE):
        return
    if isinstance(argument, (list, bytearray)):
        argument[:] = found
    else:
        argument.clear()
        (argument.extend if type(argument) is deque else argument.update)(found)


class Remote:
    # Something that stays with the candidate: a function, a class, an instance. What Python would do with it is asked there, as
    # far as nothing that a test expects goes along. It equals nothing plain, whatever its own __eq__ would say; the rest is undecided.
    __slots__ = ("_of",)
    __doc__ = property(lambda self: ask(self, "getattr", "__doc__"))
    __class__ = property(lambda self: ask(self, "getattr", "__class__"))

    def __init__(self, place, kind, candidate):
        object.__setattr__(self, "_of", (place, kind, candidate))

    def __call__(self, *args, **named):
        return ask(self, "call", *args, **named)

    def __getattr__(self, name):
        if name.startswith("__") and name not in ("__name__", "__qualname__"):
            if ask(self, "defines", name):
                undecided(self, name)
            raise AttributeError(f"a {self._of[1]} has no {name}")
        return ask(self, "getattr", name)

    def __iter__(self):
        items = ask(self, "each")
        return stream(self) if items is None else iter(items)

    def __next__(self):
        ahead = self._of[2].streams.get(self._of[0])
        return ahead.popleft() if ahead else ask(self, "next")

    def __contains__(self, item):
        if not ask(self, "defines", "__iter__") and ask(self, "defines", "__contains__"):
            undecided(self, "__contains__")
        return any(item is each or item == each for each in self)

    def __reversed__(self):
        return iter(ask(self, "reversed"))

    def __eq__(self, other):
        if type(other) is not Remote:
            if hasattr(other, "held_from"):
                undecided(self, "__eq__")
            return False
        if self._of[0] == other._of[0] or any(ask(each, "defines", "__eq__") for each in (self, other)):
            undecided(self, "__eq__")
        return False

    def __hash__(self):
        if ask(self, "defines", "__eq__"):
            undecided(self, "__hash__")
        return hash(self._of[0])

    def __format__(self, how):
        if how or ask(self, "defines", "__format__"):
            undecided(self, "__format__")
        return str(self)

    def __instancecheck__(self, value):
        if type(value) is Remote or hasattr(type(value), "held_from"):
            return ask(self, "isinstance", value)
        return False

    def __subclasscheck__(self, kind):
        return ask(self, "issubclass", kind) if type(kind) is Remote else False

    def __mro_entries__(self, bases):
        undecided(self, "subclass")

    def __reduce_ex__(self, protocol):
        undecided(self, "copy")


def ask(remote, operation, *args, **named):
    return remote._of[2].ask(operation, remote, args, named)


def undecided(remote, name):
    remote._of[2].undecidable(f"the program's own {name} of a {remote._of[1]} would decide")


def stream(remote):
    """The items of an iterator, which may be endless: some at a time, those taken ahead kept for whoever goes on."""
    ahead = remote._of[2].streams.setdefault(remote._of[0], deque())
    count, size = 0, 16
    while True:
        if not ahead:
            if count > LONGEST:
                remote._of[2].undecidable(f"a {remote._of[1]} gives more than {LONGEST} items")
            ahead.extend(ask(remote, "take", size))
            size = min(2 * size, 4096)
        if not ahead:
            return
        count += 1
        yield ahead.popleft()


def asking(operation):
    return lambda self, *args: ask(self, operation, *args)


def undecided_if_defined(name, otherwise):
    def method(self, *args):
        if ask(self, "defines", name):
            undecided(self, name)
        return otherwise(self._of[1], name)

    return method


def refuse(kind, name):
    raise TypeError(f"a {kind} has no {name}")


def other_operand(name):
    """Only with another object of the candidate: what a test brings is not shown to it."""
    alone = undecided_if_defined(f"__{name}__", lambda *_: NotImplemented)
    return lambda self, other: ask(self, name, other) if type(other) is Remote else alone(self, other)


for name in ("len", "str", "repr", "bool", "int", "float", "complex", "round", "neg", "pos", "abs", "invert", "index"):
    setattr(Remote, f"__{name}__", asking(name))
for name in ("setattr", "delattr", "getitem", "setitem", "delitem"):
    setattr(Remote, f"__{name}__", asking(name))
for name in BINARY:
    setattr(Remote, f"__{name}__", other_operand(name))
    for other in (f"__r{name}__", f"__i{name}__"):
        setattr(Remote, other, undecided_if_defined(other, lambda *_: NotImplemented))
for name in ("__lt__", "__le__", "__gt__", "__ge__"):
    setattr(Remote, name, undecided_if_defined(name, lambda *_: NotImplemented))
for name in ("__enter__", "__exit__", "__await__", "__aiter__", "__anext__", "__aenter__", "__aexit__", "__bytes__", "__fspath__"):
    setattr(Remote, name, undecided_if_defined(name, refuse))


def is_instance(value, kinds):
    """isinstance, as tests call it: of what stays with the candidate only its own classes can be told."""
    if type(value) is not Remote:
        return isinstance(value, kinds)
    return any(is_one(value, kind) for kind in flat(kinds))


def flat(kinds):
    if isinstance(kinds, types.UnionType):
        return list(kinds.__args__)
    return [one for each in kinds for one in flat(each)] if type(kinds) is tuple else [kinds]


def is_one(value, kind):
    if type(kind) is Remote:
        return isinstance(value, kind)
    if kind is not object and kind not in PLAIN and kind not in (bool, type(None)):
        undecided(value, "class")
    return kind is object


def is_subclass(kind, kinds):
    """issubclass in the same way."""
    if type(kind) is not Remote:
        return issubclass(kind, kinds)
    return any(issubclass(kind, each) if type(each) is Remote else undecided(kind, "class") for each in flat(kinds))


def is_callable(value):
    return ask(value, "callable") if type(value) is Remote else callable(value)


def class_of(value):
    """type(value), as tests call it."""
    if hasattr(type(value), "held_from"):
        return Remote(*value.held_from).__class__
    return value.__class__ if type(value) is Remote else type(value)


def is_one_object(candidate, left, right):
    """left is right. What the candidate gives is a copy: whether that is the very thing which it equals cannot be known."""
    if left is right:
        return True
    if any(side is only for side in (left, right) for only in (None, True, False, ..., NotImplemented)):
        return False
    if Remote in (type(left), type(right)) or type(left) is type(right) and left == right:
        candidate.undecidable("whether two things are the very same one cannot be seen from here")
    return False
`;
