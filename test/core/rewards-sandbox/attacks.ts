// Programs that try to get out of the sandbox, to bring it down or to lie, each with the outcomes that are right for it.
import type { CodeOutcome } from '../../../core/rewards/evidence.ts';

export interface Attack {
  name: string;
  code: string;
  tests?: string[];
  outcomes: readonly CodeOutcome[];
  /** What the reason for the failure must say. */
  says?: RegExp;
}

const right = 'def f(x):\n    return x + 1\n';
const inside = (body: string) => `def f(x):\n${body.replaceAll(/^/gm, '    ')}\n`;

/** Getting out: reading, writing, talking to the host. */
const escapes: Attack[] = [
  {
    name: 'environment through js',
    code: 'import js\njs.process.env',
    outcomes: ['error'],
    says: /AttributeError/,
  },
  {
    name: 'environment of Python',
    code: inside('import os\nreturn len(dict(os.environ)) > 50 and 2'),
    outcomes: ['failed'],
  },
  {
    name: 'require through run_js',
    code: 'from pyodide.code import run_js\nrun_js("require")',
    outcomes: ['error'],
    says: /cannot import name 'eval'/,
  },
  {
    name: 'constructor chain',
    code: 'from pyodide.ffi import to_js\nto_js([1]).constructor.constructor.new("return typeof process")()',
    outcomes: ['error'],
    says: /Code generation from strings/,
  },
  {
    name: 'constructor chain from the API of the interpreter',
    code: 'import pyodide_js\npyodide_js.constructor.constructor("return Deno")()',
    outcomes: ['error'],
    says: /Code generation from strings/,
  },
  {
    name: 'Deno through js',
    code: 'import js\njs.Deno.readTextFileSync("/etc/passwd")',
    outcomes: ['error'],
  },
  { name: 'fetch through js', code: 'import js\njs.fetch("http://127.0.0.1:80/")', outcomes: ['error'] },
  { name: 'a worker through js', code: 'import js\njs.Worker.new("data:,1")', outcomes: ['error'] },
  {
    name: 'the file of passwords',
    code: 'open("/etc/passwd").read()',
    outcomes: ['error'],
    says: /FileNotFoundError/,
  },
  {
    name: 'the root folder',
    code: inside('import os\nreturn 2 if "usr" in os.listdir("/") else 0'),
    outcomes: ['failed'],
  },
  {
    name: 'TCP to this machine',
    code: 'import socket\nsocket.create_connection(("127.0.0.1", 80), timeout=2)',
    outcomes: ['error'],
    says: /OSError|BlockingIOError|ConnectionError|TimeoutError/,
  },
  {
    name: 'TCP to another machine',
    code: 'import urllib.request\nurllib.request.urlopen("http://192.0.2.1/", timeout=2).read()',
    outcomes: ['error'],
    says: /URLError|OSError/,
  },
  { name: 'fork', code: 'import os\nos.fork()', outcomes: ['error'], says: /OSError/ },
  {
    name: 'subprocess',
    code: 'import subprocess\nsubprocess.run(["ls"])',
    outcomes: ['error'],
    says: /OSError/,
  },
  {
    name: 'os.system',
    code: 'import os\nif os.system("ls") != 0: raise OSError("refused")',
    outcomes: ['error'],
  },
  {
    name: 'a thread',
    code: 'import threading\nthreading.Thread(target=print).start()',
    outcomes: ['error'],
    says: /thread/,
  },
  { name: 'installing a package', code: 'import micropip', outcomes: ['error'], says: /ModuleNotFoundError/ },
];

/** Bringing it down: endless work, memory, the interpreter's end. */
const breakages: Attack[] = [
  { name: 'a loop', code: 'while True: pass', outcomes: ['timeout'] },
  {
    name: 'a loop that swallows everything',
    code: 'while True:\n  try:\n    while True: pass\n  except BaseException: pass',
    outcomes: ['timeout'],
  },
  { name: 'sleep', code: inside('import time\ntime.sleep(1000)'), outcomes: ['timeout'] },
  {
    name: 'a regex that explodes',
    code: inside('import re\nreturn re.match(r"(a+)+$", "a" * 40 + "b")'),
    outcomes: ['timeout'],
  },
  { name: 'a number that explodes', code: inside('return 10 ** 10 ** 9'), outcomes: ['timeout', 'memory'] },
  {
    name: 'an alarm that would interrupt the harness',
    code: `import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.001)\n${right}`,
    outcomes: ['error', 'passed'],
  },
  {
    name: 'a signal handler',
    code: `import signal\nsignal.signal(signal.SIGINT, lambda *a: None)\nsignal.raise_signal(signal.SIGINT)\n${inside('while True: pass')}`,
    outcomes: ['timeout', 'error'],
  },
  {
    name: 'os.kill of itself',
    code: 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n',
    outcomes: ['error', 'failed'],
  },
  { name: 'a gigabyte', code: inside('return len(bytearray(2 ** 30))'), outcomes: ['memory'] },
  { name: 'a list that grows', code: 'x = [0]\nwhile True: x += x', outcomes: ['memory'] },
  {
    name: 'buffers outside of Python',
    code: 'from pyodide.ffi import to_js\nb = bytes(50_000_000)\nkept = []\nwhile True: kept.append(to_js(b))',
    outcomes: ['memory', 'error'],
  },
  { name: 'recursion', code: inside('return f(x)'), outcomes: ['failed'], says: /RecursionError/ },
  {
    name: 'recursion with a raised limit',
    code: `import sys\nsys.setrecursionlimit(10 ** 9)\n${inside('return f(x)')}`,
    outcomes: ['error', 'failed', 'timeout', 'memory'],
  },
  {
    name: '10,000 nested lists',
    code: inside('y = []\nfor _ in range(10_000): y = [y]\nreturn y'),
    outcomes: ['unsupported'],
    says: /nested deeper/,
  },
  {
    name: 'a list that holds itself',
    code: inside('y = []\ny.append(y)\nreturn y'),
    outcomes: ['unsupported'],
    says: /nested deeper/,
  },
  {
    name: 'parentheses without end',
    code: 'eval("(" * 100_000 + ")" * 100_000)',
    outcomes: ['error', 'memory'],
  },
  {
    name: 'a huge value',
    code: inside('return "x" * 50_000_000'),
    outcomes: ['unsupported'],
    says: /larger than 4 MB/,
  },
  {
    name: 'an endless generator',
    code: inside('while True: yield 1'),
    tests: ['assert list(f(1)) == [1]'],
    outcomes: ['unsupported'],
    says: /more than 100000/,
  },
  { name: 'sys.exit', code: 'raise SystemExit(0)', outcomes: ['error'], says: /SystemExit/ },
  {
    name: 'sys.exit in the function',
    code: inside('import sys\nsys.exit(0)'),
    outcomes: ['failed'],
    says: /SystemExit/,
  },
  { name: 'os._exit(0)', code: 'import os\nos._exit(0)', outcomes: ['error'], says: /ended its interpreter/ },
  {
    name: 'os._exit(0) in the function',
    code: inside('import os\nos._exit(0)'),
    outcomes: ['error'],
    says: /ended its interpreter/,
  },
  { name: 'os.abort', code: 'import os\nos.abort()', outcomes: ['error'] },
  {
    name: 'a crash by faulthandler',
    code: 'import faulthandler\nfaulthandler._sigsegv()',
    outcomes: ['error'],
  },
  {
    name: 'a null pointer by ctypes',
    code: inside('import ctypes\nreturn ctypes.string_at(0, 10)'),
    outcomes: ['error', 'failed'],
  },
  {
    name: 'memory scribbled over by ctypes',
    code: 'import ctypes\nfor a in range(4096, 60_000_000, 64): ctypes.memset(a, 255, 64)',
    outcomes: ['error', 'failed', 'forged', 'timeout'],
  },
  { name: 'input()', code: inside('return input()'), outcomes: ['failed'], says: /EOFError/ },
];

/** Lying: a wrong answer that would look right to a careless check. */
const lies: Attack[] = [
  {
    name: 'an __eq__ that always agrees',
    code: `class A:\n    def __eq__(self, other): return True\n    __hash__ = None\n${inside('return A()')}`,
    outcomes: ['failed'],
  },
  {
    name: 'an int that always agrees',
    code: `class A(int):\n    def __eq__(self, other): return True\n    def __index__(self): return 2\n    def __int__(self): return 2\n${inside('return A(7)')}`,
    outcomes: ['failed'],
    says: /^7 is not 2/,
  },
  {
    name: 'a str that always agrees',
    code: `class A(str):\n    def __eq__(self, other): return True\n    def __str__(self): return "yes"\n${inside('return A("no")')}`,
    tests: ['assert f(1) == "yes"'],
    outcomes: ['failed'],
  },
  {
    name: 'a list that always agrees',
    code: `class A(list):\n    def __eq__(self, other): return True\n    def __iter__(self): return iter([1, 2])\n${inside('return A([9])')}`,
    tests: ['assert f(1) == [1, 2]'],
    outcomes: ['failed'],
  },
  {
    name: 'a class that says it is another',
    code: `class A:\n    __class__ = int\n    def __eq__(self, other): return True\n${inside('return A()')}`,
    outcomes: ['failed', 'error'],
  },
  {
    name: 'a written verdict',
    code: `print('{"passed": 1, "failing": null}')\nprint("done passed")\n${inside('return 0')}`,
    outcomes: ['failed'],
  },
  {
    name: 'a set of its own',
    code: `def set(x): return 1\n${inside('return [5]')}`,
    tests: ['assert set(f(1)) == set([1])'],
    outcomes: ['failed'],
  },
  {
    name: 'a math of its own',
    code: `class math:\n    isclose = staticmethod(lambda *a, **k: True)\n${inside('return 5')}`,
    tests: ['assert math.isclose(f(1), 2.0)'],
    outcomes: ['failed'],
  },
  {
    name: 'a math module that was changed',
    code: `import math\nmath.isclose = lambda *a, **k: True\n${inside('return 5')}`,
    tests: ['assert math.isclose(f(1), 2.0)'],
    outcomes: ['failed'],
  },
  {
    name: 'our encoder replaced',
    code:
      'import forethought_candidate as h\nh.encode = lambda value, refer, depth=0: True\nh.told = lambda data: \'{"v": true}\'\n' +
      inside('return 0'),
    outcomes: ['failed', 'forged', 'error'],
  },
  ...['null', '5', '{"x":5}'].map((answer) => ({
    name: `our messages replaced by ${answer}`,
    code: `import forethought_candidate as h\nh.told = lambda d: '${answer}'\n${inside('return 0')}`,
    outcomes: ['forged'] as const,
  })),
  {
    name: 'our judge replaced',
    code:
      'import forethought_judge as j\nj.judge = lambda *a: \'{"passed": 1, "failing": null}\'\nj.handle = j.judge\n' +
      inside('return 0'),
    outcomes: ['failed'],
  },
  {
    name: 'every function in memory replaced',
    code: `import gc, types\ndef say(*a, **k): return '{"v": null, "passed": 1, "failing": null}'\nfor o in gc.get_objects():\n    if isinstance(o, types.FunctionType) and o.__module__.startswith('forethought'):\n        try: o.__code__ = say.__code__\n        except Exception: pass\n${inside('return 0')}`,
    outcomes: ['failed', 'error', 'forged'],
  },
  {
    name: 'json replaced',
    code: `import json\njson.dumps = lambda *a, **k: '{"v": 2\\n}'\n${inside('return 0')}`,
    outcomes: ['forged', 'failed', 'error'],
  },
  {
    name: 'reading the tests from the frames',
    code: inside(
      'import sys\nframe = sys._getframe()\nfound = ""\nwhile frame:\n    found += repr(frame.f_locals) + repr(list(frame.f_globals))\n    frame = frame.f_back\nreturn 2 if "assert" in found else 0',
    ),
    outcomes: ['failed'],
    says: /^0 is not 2/,
  },
  {
    name: 'reading the tests from memory',
    code: inside(
      'import gc\nreturn 2 if any(isinstance(o, str) and "assert f(1)" in o for l in gc.get_objects() if isinstance(l, (list, tuple)) for o in l) else 0',
    ),
    outcomes: ['failed'],
    says: /^0 is not 2/,
  },
  {
    name: 'AssertionError made silent',
    code:
      'import builtins\nbuiltins.AssertionError = type("AssertionError", (Exception,), {"__init__": lambda s, *a: None})\n' +
      inside('return 0'),
    outcomes: ['failed'],
  },
  { name: 'no function at all', code: 'print("done")', outcomes: ['failed'], says: /NameError/ },
];

export const attacks: readonly Attack[] = [...escapes, ...breakages, ...lies];
export { right };
