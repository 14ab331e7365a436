// What the sandbox says of programs that are right, in every way in which a test can look at what they give: a right program
// passes, or whether it does is told to be undecided; it is never wrong. Faults of a row are no program's.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeOutcome, Executor } from '../../../core/rewards/evidence.ts';
import { buildRewardBundle, sandboxExecutor } from '../../fixtures/sandbox.ts';
import { tempFolder } from '../../fixtures/temp-folder.ts';

let executor: Executor;
beforeAll(() => {
  executor = sandboxExecutor(buildRewardBundle(tempFolder()), { limits: { timeMs: 60_000 } });
});
afterAll(() => executor.close());

interface Row {
  imports?: string[];
  setup?: string;
}

async function run(code: string, tests: readonly string[], { imports = [], setup = '' }: Row = {}) {
  const [report] = await executor.run([{ code, tests, imports, setup }]);
  return report!;
}

const box = 'class Box:\n    def __init__(self, x):\n        self.x = x\n';
const vector = `${box}    def __add__(self, other):\n        return Box(self.x + other.x)\n    def __neg__(self):\n        return Box(-self.x)\n    def __len__(self):\n        return self.x\n    def __bool__(self):\n        return self.x > 0\n    def __repr__(self):\n        return f"Box({self.x})"\n`;
const point =
  'from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\n    y: int = 2\n    def sum(self):\n        return self.x + self.y\n';

describe('a right program passes', () => {
  it.each<[string, string, string[], Row?]>([
    [
      'that gives a deque',
      'from collections import deque\ndef f(x):\n    return deque(x, 3)',
      ['assert f([1, 2]) == deque([1, 2])', 'assert f([1, 2, 3, 4]).maxlen == 3', 'assert f([1])[0] == 1'],
      { imports: ['from collections import deque'] },
    ],
    [
      'that gives dates and times',
      'import datetime as d\ndef f():\n    return [d.date(2020, 1, 2), d.datetime(2020, 1, 2, 3, 4, 5, 6), d.time(1, 2), d.timedelta(1, 2, 3), d.datetime(2020, 1, 1, tzinfo=d.timezone.utc)]',
      [
        'assert f()[0] == datetime.date(2020, 1, 2) and f()[0].year == 2020',
        'assert f()[1:4] == [datetime.datetime(2020, 1, 2, 3, 4, 5, 6), datetime.time(1, 2), datetime.timedelta(1, 2, 3)]',
        'assert f()[4] == datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)',
      ],
      { imports: ['import datetime'] },
    ],
    [
      'that gives the dicts of collections',
      'from collections import Counter, OrderedDict, defaultdict\ndef f(x):\n    return Counter(x)\ndef g():\n    found = OrderedDict(a=1, b=2)\n    found.move_to_end("a")\n    return found\ndef h():\n    return defaultdict(list, {1: [2]})',
      [
        'assert f("aab") == {"a": 2, "b": 1} and f("aab").most_common(1) == [("a", 2)]',
        'assert list(g()) == ["b", "a"] and g() == {"a": 1, "b": 2}',
        'assert h() == {1: [2]} and h()[5] == []',
      ],
    ],
    [
      'that gives named tuples, with their attributes and methods',
      `${point}def f(x):\n    return P(x)\ndef g(p):\n    return p.sum()`,
      [
        'assert f(1) == (1, 2)',
        'assert f(1).x == 1 and f(1)._asdict() == {"x": 1, "y": 2}',
        'assert f(1).sum() == 3 and g(f(5)) == 7',
        'assert isinstance(f(1), tuple) and isinstance(f(1), P)',
      ],
    ],
    [
      'that gives members of an enumeration of numbers',
      'from enum import IntEnum\nclass C(IntEnum):\n    RED = 3\ndef f():\n    return C.RED',
      ['assert f() == 3', 'assert f().name == "RED"'],
    ],
    [
      'whose objects have operators among themselves',
      vector,
      [
        'assert (Box(1) + Box(2)).x == 3',
        'assert (-Box(1)).x == -1',
        'assert len(Box(4)) == 4 and not Box(0) and Box(1)',
        'assert repr(Box(7)) == "Box(7)" and str(Box(7)) == f"{Box(7)}"',
      ],
    ],
    [
      'whose objects give what they hold',
      `${box}    def __iter__(self):\n        return iter(self.x)\n    def __getitem__(self, at):\n        return self.x[at]\n    def __setitem__(self, at, value):\n        self.x[at] = value\n    def __len__(self):\n        return len(self.x)`,
      [
        'assert 3 in Box([1, 3]) and 2 not in Box([1, 3])',
        'b = Box([1, 2])\nb[0] = 5\nassert b[0] == 5 and list(b) == [5, 2] and list(reversed(b)) == [2, 5]',
      ],
    ],
    [
      'that gives iterators, also endless ones, which go on where they were left',
      'import itertools\ndef f():\n    yield from itertools.count()',
      [
        'from itertools import islice\nassert list(islice(f(), 4)) == [0, 1, 2, 3]',
        'g = f()\nfor x in g:\n    if x == 2:\n        break\nassert next(g) == 3 and list(islice(g, 2)) == [4, 5]',
        'assert 40 in f()',
        'assert [a for a, b in zip(f(), range(50))][-1] == 49',
      ],
    ],
    [
      'whose iterators end, and raise, where they do',
      'def f():\n    yield 1\n    yield 2\ndef g():\n    yield 1\n    raise ValueError("enough")',
      [
        'x = f()\nassert next(x) == 1 and next(x) == 2\ntry:\n    next(x)\nexcept StopIteration:\n    pass\nelse:\n    assert False',
        'seen = []\ntry:\n    for x in g():\n        seen.append(x)\nexcept ValueError as error:\n    assert str(error) == "enough"\nassert seen == [1]',
      ],
    ],
    [
      'that changes its arguments in place, whatever it returns',
      'def f(x):\n    x.sort()\n    return x\ndef g(x, *, into):\n    into.update(x)\n    return len(into)\ndef h(d):\n    d.rotate(1)\n    return True\ndef fail(x):\n    x.append(1)\n    raise ValueError',
      [
        'a = [2, 1]\nassert f(a) == [1, 2] and a == [1, 2]',
        's = set()\nassert g({1}, into=s) == 1 and s == {1}',
        'import collections\nd = collections.deque([1, 2, 3])\nh(d)\nassert list(d) == [3, 1, 2]',
        'a = []\ntry:\n    fail(a)\nexcept ValueError:\n    pass\nassert a == [1]',
      ],
    ],
    [
      'that changes what its module holds',
      'X = [1]\nn = 0\ndef f():\n    global n\n    n += 1\n    X.append(n)',
      ['f()\nassert X == [1, 1] and n == 1', 'def check():\n    f()\n    return n\nassert check() == 2'],
    ],
    [
      'that raises exceptions, its own and those of Python',
      'class Mine(ValueError):\n    pass\nclass Odd(Mine):\n    def __init__(self, code):\n        self.code = code\n    def __str__(self):\n        return f"code {self.code}"\ndef f(x):\n    raise Mine(x)\ndef g():\n    raise Odd(7)\ndef k():\n    return {}["a"]\ndef u():\n    return b"\\xff".decode()\ndef e():\n    raise SystemExit(3)',
      [
        'try:\n    f("no")\nexcept Mine as error:\n    assert str(error) == "no" and error.args == ("no",)\nelse:\n    assert False',
        'for kind in (ValueError, Mine, Odd):\n    try:\n        g()\n    except kind as error:\n        assert str(error) == "code 7"\n    else:\n        assert False',
        'try:\n    k()\nexcept KeyError as error:\n    assert str(error) == "\'a\'"',
        'try:\n    u()\nexcept UnicodeDecodeError:\n    pass',
        'try:\n    e()\nexcept SystemExit as error:\n    assert error.code == 3',
        'assert issubclass(Odd, Mine) and issubclass(Mine, ValueError)',
      ],
    ],
    [
      'that prints, where a test listens',
      'def f():\n    print("hi")\n    return 1',
      [
        'import io, contextlib\nb = io.StringIO()\nwith contextlib.redirect_stdout(b):\n    f()\nassert b.getvalue() == "hi\\n"',
      ],
    ],
    [
      'whose functions and classes are looked at',
      `${box}class Sub(Box):\n    pass\ndef f():\n    """Says."""\n    return Sub(1)`,
      [
        'assert f.__name__ == "f" and f.__doc__ == "Says."',
        'assert callable(f) and not callable(f())',
        'assert isinstance(f(), Box) and not isinstance(f(), (int, list)) and issubclass(Sub, Box)',
        'assert type(f()).__name__ == "Sub" and f().__class__.__name__ == "Sub" and type([]) is list',

        'assert f() is not None',
      ],
    ],
  ])('%s', async (_, code, tests, more) => {
    expect(await run(code, tests, more)).toMatchObject({
      outcome: 'passed',
      failing: null,
      passed: tests.length,
    });
  });
});

describe('what cannot be decided is said to be so', () => {
  const held = 'class L(list):\n    def push(self, x):\n        self.append(x)\ndef f():\n    return L([1])';
  it.each<[string, string, string, RegExp]>([
    [
      'an object that says itself what it equals',
      `${box}    def __eq__(self, other):\n        return self.x == other.x\ndef f(x):\n    return Box(x)`,
      'assert f(1) == Box(1)',
      /own __eq__ of a Box/,
    ],
    [
      'a data class',
      'from dataclasses import dataclass\n@dataclass\nclass D:\n    x: int\ndef f(x):\n    return D(x)',
      'assert f(1) == D(1)',
      /own __eq__ of a D/,
    ],
    [
      'the same inside of a list',
      `${box}    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 1\ndef f(x):\n    return [Box(x)]`,
      'assert f(1) == [Box(1)]',
      /own __eq__/,
    ],
    [
      'a set of them',
      `${box}    def __eq__(self, other):\n        return True\n    def __hash__(self):\n        return 1\ndef f(x):\n    return {Box(x)}`,
      'assert len(f(1)) == 1',
      /own __hash__/,
    ],
    [
      'an order of its own',
      `${box}    def __lt__(self, other):\n        return self.x < other.x\ndef f(x):\n    return Box(x)`,
      'assert f(1) < f(2)',
      /own __lt__/,
    ],
    [
      'an operator with what the test brings',
      `${box}    def __mul__(self, by):\n        return self.x * by`,
      'assert Box(2) * 3 == 6',
      /own __mul__/,
    ],
    [
      'a container that says itself what it holds',
      `${box}    def __contains__(self, x):\n        return True\ndef f(x):\n    return Box(x)`,
      'assert 3 in f(1)',
      /own __contains__/,
    ],
    [
      'a context',
      `${box}    def __enter__(self):\n        return 1\n    def __exit__(self, *a):\n        pass`,
      'with Box(1) as q:\n    assert q == 1',
      /own __enter__/,
    ],
    [
      'a function that the test hands over',
      'def f(g, x):\n    return g(x)',
      'assert f(lambda y: y * 2, 3) == 6',
      /hands over something that is a function/,
    ],
    ['whether two are one', 'def f(x):\n    return x', 'x = [1]\nassert f(x) is x', /very same one/],
    [
      'whether an object is another',
      `${box}def f(x):\n    return x`,
      'b = Box(1)\nassert f(b) is b',
      /very same one/,
    ],
    [
      'the class of an object',
      `${box}def f():\n    return Box(1)`,
      'assert type(f()) is Box',
      /very same one/,
    ],
    [
      'a kind that only its own process knows',
      'def f():\n    yield 1',
      'import types\nassert isinstance(f(), types.GeneratorType)',
      /own class of a generator/,
    ],
    ['a change of a copy', held, 'x = f()\nx.push(2)\nassert x == [1, 2]', /of which the test has a copy/],
    [
      'a copy that goes back',
      `${held}\ndef g(x):\n    return len(x)`,
      'assert g(f()) == 1',
      /hands over something that is a Held/,
    ],
    [
      'arithmetic of its own on what is plain',
      'class N(int):\n    def __add__(self, other):\n        return 0\ndef f():\n    return N(1)',
      'assert f() + 1 == 0',
      /its own __add__/,
    ],
    [
      'an attribute of an exception',
      'class Mine(Exception):\n    def __init__(self, code):\n        self.code = code\ndef f():\n    raise Mine(7)',
      'try:\n    f()\nexcept Mine as error:\n    assert error.code == 7',
      /wants code of an exception/,
    ],
    [
      'an event loop',
      'async def f(x):\n    return x + 1',
      'import asyncio\nassert asyncio.run(f(1)) == 2',
      /event loop|own __await__/,
    ],
    [
      'an event loop in the program',
      'import asyncio\nasync def g(x):\n    return x + 1\ndef f(x):\n    return asyncio.run(g(x))',
      'assert f(1) == 2',
      /event loop/,
    ],
    [
      'input',
      'def f():\n    return input()',
      'import io, sys\nsys.stdin = io.StringIO("3\\n")\nassert f() == "3"',
      /in the place of the input/,
    ],
    ['a subclass', `${box}`, 'class Sub(Box):\n    pass\nassert Sub(1).x == 1', /own subclass of a type/],
    ['a copy of an object', `${box}`, 'import copy\nassert copy.copy(Box(1)).x == 1', /own copy of a Box/],
    [
      'a value nested too deep',
      'def f():\n    y = []\n    for _ in range(200):\n        y = [y]\n    return y',
      'assert f() == []',
      /nested deeper than 100/,
    ],
    [
      'a value too large',
      'def f():\n    return "x" * 5_000_000',
      'assert len(f()) == 5_000_000',
      /larger than 4 MB/,
    ],
  ])('%s', async (_, code, test, says) => {
    expect(await run(code, [test])).toMatchObject({
      outcome: 'unsupported',
      passed: 0,
      failing: { assertion: test, message: expect.stringMatching(says) },
    });
  });

  it('also where the test would go on as if nothing had happened', async () => {
    const hides = 'ok = True\ntry:\n    ok = f(lambda: 1) == 1\nexcept BaseException:\n    pass\nassert ok';
    expect(await run('def f(x):\n    return 1', [hides])).toMatchObject({ outcome: 'unsupported' });
  });

  it('and comes after a test that fails', async () => {
    const tests = ['assert f(lambda: 1) == 1', 'assert f(1) == 2', 'assert f(1) == 1'];
    expect(await run('def f(x):\n    return 1', tests)).toMatchObject({
      outcome: 'failed',
      passed: 1,
      failing: { assertion: 'assert f(1) == 2' },
    });
  });

  it('and nothing that a test expects is shown to the program, whatever it would do with it', async () => {
    const methods = ['eq', 'ne', 'lt', 'contains', 'add', 'radd', 'iadd', 'format', 'hash', 'instancecheck'];
    const spy = `SEEN = []\nclass Spy:\n${methods.map((name) => `    def __${name}__(self, *a):\n        SEEN.append(a)\n`).join('')}def f():\n    return Spy()\ndef seen():\n    return repr(SEEN)`;
    const tests = [
      'assert f() == 424242',
      'assert 424242 in f()',
      'assert f() < 424242 and 424242 > f()',
      'assert f() + 424242 == 424242 + f()',
      'x = f()\nx += 424242',
      'assert isinstance(424242, f())',
      'assert {f(): 1} == {424242: 1} and f"{f():424242}" == ""',
      'assert [424242].index(f()) == 0',
      'assert seen() == "[]"',
    ];
    expect(await run(spy, tests)).toMatchObject({ outcome: 'failed', passed: 1 });
  });

  it('leaves the input as it was for the row after it', async () => {
    const own =
      'import io, sys\nassert sys.stdin.read() == "" or True\nassert not isinstance(sys.stdin, io.StringIO)';
    for (let i = 0; i < 2; i += 1) {
      await run('def f():\n    return 1', ['import io, sys\nsys.stdin = io.StringIO("3\\n")\nf()']);
      expect(await run('def f():\n    return 1', [own])).toMatchObject({ outcome: 'passed' });
    }
  });
});

describe('a row at fault', () => {
  const right = 'def f(x):\n    return x + 1';
  it.each<[string, string[], Row, string, RegExp]>([
    ['a test that is no Python', ['assert f(1) == 2', 'assert f(2) ='], {}, 'assert f(2) =', /SyntaxError/],
    ['a test that returns', ['return f(1) == 2'], {}, 'return f(1) == 2', /SyntaxError.*outside function/],
    [
      'an import that the sandbox lacks',
      ['assert f(1) == 2'],
      { imports: ['import numpy as np'] },
      '',
      /No module named 'numpy'/,
    ],
    [
      'such an import in a test',
      ['import pytest\nassert f(1) == 2'],
      {},
      'import pytest\nassert f(1) == 2',
      /No module named 'pytest'/,
    ],
    ['set-up that is no Python', ['assert f(1) == 2'], { setup: 'x =' }, '', /SyntaxError/],
    [
      'set-up that fails by itself',
      ['assert f(1) == 2'],
      { setup: 'raise RuntimeError("row")' },
      '',
      /set-up code of the row fails: RuntimeError: row/,
    ],
  ])('%s', async (_, tests, more, assertion, says) => {
    for (const code of [right, 'def f(x):\n    return 7', 'while True: pass'])
      if (code !== 'while True: pass' || !more.setup?.startsWith('raise'))
        expect(await run(code, tests, more)).toMatchObject({
          outcome: 'bad-row',
          passed: 0,
          failing: { assertion, message: expect.stringMatching(says) },
        });
  });

  it('is not one whose set-up, or whose import, has something else to fall back on', async () => {
    const test = 'try:\n    import numpy\nexcept ImportError:\n    numpy = None\nassert f(1) == 2';
    expect(await run(right, [test])).toMatchObject({ outcome: 'passed' });
  });

  it('is not one whose set-up needs what the program lacks', async () => {
    const setup = 'head = Node(1)';
    expect(await run(right, ['assert f(1) == 2'], { setup })).toMatchObject({ outcome: 'error' });
  });
});

describe('a program that is wrong stays so', () => {
  it.each<[string, string, string, CodeOutcome, RegExp?]>([
    [
      'which ends the loop of the test',
      'def f(x):\n    raise StopIteration',
      'assert all(map(f, [1, 2, 3]))',
      'failed',
      /^StopIteration$/,
    ],
    [
      'which ends it by an exception of its own',
      'class S(StopIteration):\n    pass\ndef f(x):\n    raise S("no")',
      'assert sum(map(f, [1, 2])) == 0',
      'failed',
      /^S: no$/,
    ],
    [
      'which ends it from an attribute',
      'class A:\n    @property\n    def x(self):\n        raise StopIteration\ndef f(i):\n    return A()',
      'assert all(f(i).x == i for i in range(3))',
      'failed',
    ],
    [
      'which equals everything',
      'class E:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return E()',
      'assert f(1) == 2',
      'failed',
    ],
    [
      'which equals everything in a list',
      'class E:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return [E()]',
      'assert f(1) == [2]',
      'failed',
    ],
    [
      'which is a date that equals everything',
      'import datetime\nclass D(datetime.date):\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return D(2020, 1, 1)',
      'import datetime\nassert f(1) == datetime.date(1999, 1, 1)',
      'unsupported',
    ],
    [
      'which dies while the test catches all',
      'import os\ndef f(x):\n    os._exit(0)',
      'try:\n    f(1)\nexcept Exception:\n    pass',
      'error',
      /ended its interpreter/,
    ],
    [
      'which says that it cannot be told',
      'import forethought_values\ndef f(x):\n    raise forethought_values.NotPlain("is x")',
      'assert f(1) == 2',
      'unsupported',
    ],
    [
      'whose counter counts wrong',
      'from collections import Counter\ndef f(x):\n    return Counter("b")',
      'assert f("a") == {"a": 1}',
      'failed',
    ],
    [
      'whose values cannot be read',
      'import forethought_candidate as h\nh.encode = lambda value, refer, depth=0: ["q", "1", "0"]\ndef f(x):\n    return 2',
      'assert f(1) == 2',
      'failed',
      /no program can be/,
    ],
  ])('%s', async (_, code, test, outcome, says = /./) => {
    expect(await run(code, [test])).toMatchObject({
      outcome,
      failing: { message: expect.stringMatching(says) },
    });
  });
});
