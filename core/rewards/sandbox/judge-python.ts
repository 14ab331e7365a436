// Python of the sandbox, third part: the interpreter that judges. No candidate ever runs in it: a test that calls the candidate's
// function reaches it through a stand-in, gets a plain value back, and compares it here.

/** Module `forethought_judge`: runs tests against a candidate that lives in another process. */
export const judgePython = String.raw`
import ast, builtins, json, reprlib, sys
from forethought_values import NotPlain, decode, encode, told

brief = reprlib.Repr(maxstring=120, maxother=120, maxlist=20, maxtuple=20, maxset=20, maxdict=20, maxlevel=4).repr


class CandidateError(Exception):
    """The candidate raised something that is no ordinary exception of Python, or is gone."""


class Remote:
    """Something that stays with the candidate: a function, a class, an instance. It equals nothing but itself,
    whatever its own __eq__ would say."""

    __slots__ = ("_of",)

    def __init__(self, index, kind, ask):
        object.__setattr__(self, "_of", (index, kind, ask))

    def __call__(self, *args, **named):
        return self._of[2]("call", self, args, named)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"{self!r} does not tell its {name}")
        return self._of[2]("get", self, (name,))

    def __setattr__(self, name, value):
        self._of[2]("set", self, (name, value))

    def __getitem__(self, key):
        return self._of[2]("item", self, (key,))

    def __len__(self):
        return self._of[2]("len", self)

    def __iter__(self):
        return iter(self._of[2]("list", self))

    def __next__(self):
        return self._of[2]("next", self)

    def __str__(self):
        return self._of[2]("str", self)

    def __bool__(self):
        return True

    def __repr__(self):
        return f"<{self._of[1]} of the candidate>"


def refer(value):
    if type(value) is Remote:
        return ["r", *value._of[:2]]
    raise NotPlain(f"the test hands over a {type(value).__name__}, which cannot be told in plain values")


def asker(exchange):
    """How stand-ins reach the candidate: one question, one answer. Arguments go as plain values."""

    def ask(operation, target, args=(), named={}):
        index = target._of[0]
        given = [encode(item, refer) for item in args]
        answer = json.loads(exchange(told([operation, index, given, {k: encode(v, refer) for k, v in named.items()}])))
        if "x" in answer:
            raise exception(*answer["x"])
        for argument, data in zip(args, answer.get("c") or ()):
            restore(argument, decode(data, resolve))
        return decode(answer["v"], resolve)

    def resolve(index, kind):
        return Remote(index, kind, ask)

    return ask


def restore(argument, found):
    """What the candidate changed in place, as Python's call by reference would show it."""
    if type(argument) is list and type(found) is list:
        argument[:] = found
    elif type(argument) in (dict, set) and type(found) is type(argument):
        argument.clear()
        argument.update(found)


def exception(name, message):
    kind = builtins.__dict__.get(name)
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, UnicodeError):
        return kind(message)
    return CandidateError(f"{name}: {message}")


def used_names(tree):
    """Names that a test reads, and those of them that it only ever reads as name.attribute."""
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bases = [node.value.id for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    plain = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return read, {name for name in bases if bases.count(name) == plain.count(name)}


def namespace_of(tests, imports, names, ask):
    """What the names of a test stand for. Built-ins and standard modules keep their own meaning, so that a candidate
    cannot bring its own set, len or math; only where a test names nothing else is a built-in the function under test."""
    space = {"__name__": "judge"}
    exec("\n".join(imports), space)
    read, bases = set(), set()
    for tree in tests:
        here, attributes = used_names(tree)
        read |= here
        bases |= attributes
    for name in read - set(space) - set(dir(builtins)):
        if name in sys.stdlib_module_names and (name in bases or names.get(name)):
            space[name] = __import__(name)
    wanted = [name for name, is_module in names.items() if name in read and name not in space and not is_module]
    own = [name for name in wanted if not hasattr(builtins, name)]
    module = Remote(0, "module", ask)
    for name in own or wanted:
        space[name] = ask("get", module, (name,))
    return space


def run(tree, space):
    """None when the test holds, else why it does not. An equation is evaluated side by side, so that the reason shows both."""
    match tree.body:
        case [ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]))]:
            found, expected = [eval(compile(ast.Expression(side), "test", "eval"), space) for side in (left, right)]
            return None if found == expected else f"{brief(found)} is not {brief(expected)}"
    exec(compile(tree, "test", "exec"), space)


def judge(job, exchange):
    """Runs every test: {passed, failing: {assertion, message, kind} of the first that does not hold}."""
    passed, failing = 0, None
    try:
        trees = [ast.parse(test.strip()) for test in job["tests"]]
        space = namespace_of(trees, job["imports"], job["names"], asker(exchange))
    except BaseException as error:
        return told({"passed": 0, "failing": failure(job["tests"][0], error)})
    for test, tree in zip(job["tests"], trees):
        try:
            reason = run(tree, space)
            found = None if reason is None else {"assertion": test[:2000], "message": reason, "kind": "AssertionError"}
        except BaseException as error:
            found = failure(test, error)
        if found is None:
            passed += 1
        failing = failing or found
    return told({"passed": passed, "failing": failing})


def failure(test, error):
    kind = type(error).__name__
    message = str(error)[:2000]
    if kind == "AssertionError":
        message = message or "the assertion does not hold"
    elif kind != "CandidateError":
        message = f"{kind}: {message}"
    return {"assertion": test[:2000], "message": message, "kind": kind}


def handle(kind, payload, exchange):
    return judge(json.loads(payload), exchange)
`;
