// Python of the sandbox, first part: plain values as JSON text. What may cross between two interpreters, and nothing else.

/** Module `forethought_values`, frozen into the snapshot and used on both sides. */
export const valuesPython = `
import builtins, collections, datetime, decimal, fractions, itertools, json
from collections import Counter, OrderedDict, defaultdict, deque

MAX_DEPTH = 100


class NotPlain(Exception):
    """A value that cannot be told in plain types, or not within our limits."""


def hexadecimal(number):
    return hex(int.__index__(number))


def whole(value):
    number = int.__index__(value)
    return number if -(2**53) < number < 2**53 else ["i", hex(number)]


def iso(tag, kind):
    return lambda value: [tag, kind.isoformat(value)]


def sides(mapping):
    return lambda value: itertools.chain.from_iterable(mapping.items(value))


# Each plain type with how its values are told: by methods of that type, so that an overridden one is never asked.
SCALARS = {
    int: whole,
    float: float.__float__,
    str: str.__str__,
    complex: lambda value: ["c", complex.__complex__(value).real, complex.__complex__(value).imag],
    bytes: lambda value: ["b", bytes.hex(value)],
    bytearray: lambda value: ["a", bytearray.hex(value)],
    range: lambda value: ["g", hex(value.start), hex(value.stop), hex(value.step)],
    decimal.Decimal: lambda value: ["m", decimal.Decimal.__str__(value)],
    fractions.Fraction: lambda value: ["q", hexadecimal(value.numerator), hexadecimal(value.denominator)],
    datetime.date: iso("date", datetime.date),
    datetime.datetime: iso("datetime", datetime.datetime),
    datetime.time: iso("time", datetime.time),
    datetime.timedelta: lambda value: ["timedelta", value.days, value.seconds, value.microseconds],
}
CONTAINERS = {
    list: ("l", list.__iter__),
    tuple: ("t", tuple.__iter__),
    set: ("s", set.__iter__),
    frozenset: ("f", frozenset.__iter__),
    dict: ("d", sides(dict)),
    Counter: ("Counter", sides(dict)),
    OrderedDict: ("OrderedDict", sides(OrderedDict)),
    defaultdict: ("defaultdict", lambda value: itertools.chain([value.default_factory], sides(dict)(value))),
    deque: ("deque", lambda value: itertools.chain([value.maxlen], deque.__iter__(value))),
}
PLAIN = {**SCALARS, **CONTAINERS}
MUTABLE = (list, dict, set, bytearray, Counter, OrderedDict, defaultdict, deque)


def encode(value, refer, depth=0):
    """value as JSON-ready data, when its type is a plain one and no subclass. What is not plain goes to refer, which names it
    or raises NotPlain."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind in PLAIN:
        return encode_as(kind, value, refer, depth)
    if kind is type and builtins.__dict__.get(value.__name__) is value:
        return ["n", value.__name__]
    return refer(value, depth)


def encode_as(base, value, refer, depth):
    """What value holds as one of the plain type base, whatever else it is."""
    if base in SCALARS:
        return SCALARS[base](value)
    if depth > MAX_DEPTH:
        raise NotPlain(f"is nested deeper than {MAX_DEPTH} levels")
    tag, parts = CONTAINERS[base]
    return [tag, *[encode(item, refer, depth + 1) for item in parts(value)]]


def decode(data, resolve):
    """The value that encode told. What was only named goes to resolve, as it stands. Raises ValueError."""
    if type(data) is not list:
        return data
    match data:
        case ["i", str(digits)]:
            return int(digits, 16)
        case ["c", float(real), float(imag)]:
            return complex(real, imag)
        case ["l" | "t" | "s" | "f" as tag, *items]:
            base = {"l": list, "t": tuple, "s": set, "f": frozenset}[tag]
            return base([decode(item, resolve) for item in items])
        case ["d", *items]:
            return mapped(items, resolve)
        case ["Counter", *items]:
            return Counter(mapped(items, resolve))
        case ["OrderedDict", *items]:
            return OrderedDict(mapped(items, resolve))
        case ["defaultdict", factory, *items]:
            return defaultdict(decode(factory, resolve), mapped(items, resolve))
        case ["deque", None | int() as longest, *items]:
            return deque([decode(item, resolve) for item in items], longest)
        case ["b", str(digits)]:
            return bytes.fromhex(digits)
        case ["a", str(digits)]:
            return bytearray.fromhex(digits)
        case ["g", str(start), str(stop), str(step)]:
            return range(int(start, 16), int(stop, 16), int(step, 16))
        case ["m", str(text)]:
            return decimal.Decimal(text)
        case ["q", str(upper), str(lower)]:
            return fractions.Fraction(int(upper, 16), int(lower, 16))
        case ["date" | "datetime" | "time" as name, str(text)]:
            return getattr(datetime, name).fromisoformat(text)
        case ["timedelta", int(days), int(seconds), int(microseconds)]:
            return datetime.timedelta(days, seconds, microseconds)
        case ["n", str(name)] if type(builtins.__dict__.get(name)) is type:
            return builtins.__dict__[name]
    return resolve(data)


def mapped(items, resolve):
    found = [decode(item, resolve) for item in items]
    return dict(zip(found[::2], found[1::2], strict=True))


def told(data):
    """Data as one line of text, of bounded size."""
    text = json.dumps(data, separators=(",", ":"))
    if len(text) > 4_000_000:
        raise NotPlain("is larger than 4 MB")
    return text


# Special methods by which an object takes part in arithmetic; operator knows a function of the same name for each but divmod.
BINARY = ["add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift", "rshift", "and", "xor", "or"]
`;
