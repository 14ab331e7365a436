// Python of the sandbox, fourth part: the interpreter that judges. No candidate ever runs in it: a test that calls the candidate's
// function reaches it through a stand-in (stand-in-python.ts), gets a plain value back, and compares it here.

/** Module `forethought_judge`: looks at the tests of a row, then runs them against a candidate that lives in another process. */
export const judgePython = String.raw`
import ast, builtins, json, reprlib, sys
from functools import partial
from forethought_stand_ins import Candidate, Remote, Undecided, class_of, is_callable, is_instance, is_one_object, is_subclass
from forethought_values import told


class Brief(reprlib.Repr):
    def repr_Remote(self, value, level):
        return f"<{value._of[1]} of the candidate>"


brief = Brief(maxstring=120, maxother=120, maxlist=20, maxtuple=20, maxset=20, maxdict=20, maxlevel=4).repr


def check(job):
    """Before any program runs: can the tests be read, and their imports be had? What cannot is a fault of the row."""
    at = ""
    try:
        exec("\n".join(job["imports"]), {"__name__": "judge"})
        for at in job["tests"]:
            compile(at.strip(), "test", "exec")
            for node in imports_of(ast.parse(at.strip())):
                exec(compile(ast.Module([node], []), "test", "exec"), {})
        at = ""
        compile(job["setup"], "setup", "exec")
    except BaseException as error:
        return told({"fault": {"assertion": at[:2000], "message": words(error)}})
    return told({"fault": None})


def setup(job):
    """Whether the set-up code of a row fails all by itself, so that no program is to blame. Names that it lacks are a program's."""
    space = {"__name__": "judge"}
    try:
        exec("\n".join(job["imports"]), space)
        exec(job["setup"], space)
    except NameError:
        pass
    except BaseException as error:
        return told({"fault": {"assertion": "", "message": f"the set-up code of the row fails: {words(error)}"}})
    return told({"fault": None})


def imports_of(tree):
    """Imports that a test cannot do without: those inside of try have something else to fall back on."""
    tried = {node for outer in ast.walk(tree) if isinstance(outer, ast.Try) for node in ast.walk(outer)}
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)) and node not in tried]


def used_names(tree):
    """Names that a test reads, and those of them that it only ever reads as name.attribute."""
    read = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bases = [node.value.id for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    plain = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    return read, {name for name in bases if bases.count(name) == plain.count(name)}


class Space(dict):
    """What the names of a test stand for. A value of the candidate's module is read anew each time, for its functions may change it."""

    def __init__(self, candidate):
        self.candidate = candidate
        self.live = set()
        super().__init__(__name__="judge")

    def __missing__(self, name):
        if name not in self.live:
            raise KeyError(name)
        value = self.candidate.ask("getattr", Remote(0, "module", self.candidate), (name,))
        if type(value) is Remote and value._of[1] in ("function", "type"):
            self[name] = value
        return value


def space_of(tests, imports, names, candidate):
    """Built-ins and standard modules keep their own meaning, so that a candidate cannot bring its own set, len or math; only where
    a test names nothing else is a built-in the function under test."""
    space = Space(candidate)
    exec("\n".join(imports), space)
    read, bases = set(), set()
    for tree in tests:
        here, attributes = used_names(tree)
        read |= here
        bases |= attributes
    for name in read - set(space) - set(dir(builtins)):
        if name in sys.stdlib_module_names and (name in bases or names.get(name) == "module"):
            space[name] = module_named(name, candidate)
    wanted = [name for name, nature in names.items() if name in read and name not in space and nature != "module"]
    space.live.update([name for name in wanted if not hasattr(builtins, name)] or wanted)
    for name in space.live:
        if type(names[name]) is list and (kind := candidate.exception_class(names[name])):
            space[name] = kind
    for name, stand_in in {"isinstance": is_instance, "issubclass": is_subclass, "callable": is_callable}.items():
        if name not in space.live:
            space.setdefault(name, stand_in)
    space[KnowingCopies.SAME] = partial(is_one_object, candidate)
    space[KnowingCopies.CLASS] = space["type"] if "type" in space.live else class_of
    return space


def module_named(name, candidate):
    try:
        return __import__(name)
    except ImportError:
        candidate.undecidable(f"the test uses {name}, which the sandbox does not have")


class KnowingCopies(ast.NodeTransformer):
    """left is right, and type(value), as functions that know of copies and stand-ins."""

    SAME, CLASS = "__is_one_object__", "__class_of__"

    def visit_Compare(self, node):
        self.generic_visit(node)
        match node:
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as how], comparators=[right]):
                call = ast.Call(ast.Name(self.SAME, ast.Load()), [left, right], [])
                return call if isinstance(how, ast.Is) else ast.UnaryOp(ast.Not(), call)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        match node:
            case ast.Call(func=ast.Name("type"), args=[value], keywords=[]):
                return ast.Call(ast.Name(self.CLASS, ast.Load()), [value], [])
        return node


def run(tree, space):
    """None when the test holds, else why it does not. An equation is evaluated side by side, so that the reason shows both."""
    match tree.body:
        case [ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]))]:
            found, expected = [eval(compile(ast.Expression(side), "test", "eval"), space) for side in (left, right)]
            return None if found == expected else f"{brief(found)} is not {brief(expected)}"
    exec(compile(tree, "test", "exec"), space)


def judge(job, exchange):
    """Runs every test: how many hold, the first that does not, the first that cannot be decided."""
    candidate = Candidate(exchange)
    try:
        return told(judged(job, candidate))
    finally:
        candidate.close()


def judged(job, candidate):
    passed, failing, undecided = 0, None, None
    trees = [ast.parse(test.strip()) for test in job["tests"]]
    try:
        space = space_of(trees, job["imports"], job["names"], candidate)
    except Undecided as error:
        return {"passed": 0, "failing": None, "undecided": {"assertion": job["tests"][0][:2000], "message": str(error)}}
    except BaseException as error:
        return {"passed": 0, "failing": {"assertion": job["tests"][0][:2000], **failure(error, candidate)}, "undecided": None}
    for test, tree in zip(job["tests"], trees):
        candidate.undecided.clear()
        try:
            reason = run(ast.fix_missing_locations(KnowingCopies().visit(tree)), space)
            found = reason and {"message": reason, "kind": "AssertionError"}
        except BaseException as error:
            found = failure(error, candidate)
        if candidate.undecided:
            undecided = undecided or {"assertion": test[:2000], "message": candidate.undecided[0]}
        elif found:
            failing = failing or {"assertion": test[:2000], **found}
        else:
            passed += 1
    return {"passed": passed, "failing": failing, "undecided": undecided}


def failure(error, candidate):
    by_candidate = "raised_by" in error.__dict__
    if isinstance(error, MemoryError) and not by_candidate:
        candidate.undecided.append("the test takes more memory than there is")
    if type(error).__module__.startswith("pyodide") or type(error) is RuntimeError and "stack switch" in str(error):
        candidate.undecided.append("the test needs an event loop, or something else of the host, which the sandbox does not have")
    line = error.raised_by[2] if by_candidate else None
    return {"message": words(error) + (f" (line {line})" if line else ""), "kind": type(error).__name__}


def words(error):
    """An exception in words, without the name of its class where that says nothing."""
    kind, message = type(error).__name__, str(error)[:2000]
    if kind == "AssertionError":
        return message or "the assertion does not hold"
    return message if kind == "CandidateError" else f"{kind}: {message}" if message else kind


def handle(kind, payload, exchange):
    job = json.loads(payload)
    return judge(job, exchange) if kind == "judge" else {"check": check, "setup": setup}[kind](job)
`;
