// Python of the sandbox, first part: plain values as JSON text. What may cross between two interpreters, and nothing else.

/** Module `forethought_values`, frozen into the snapshot and used on both sides. */
export const valuesPython = `
import builtins, decimal, fractions, json

MAX_DEPTH = 100


class NotPlain(Exception):
    """A value that cannot be told in plain types."""


def encode(value, refer, depth=0):
    """value as JSON-ready data. Subclasses are read as what they hold, with the methods of the built-in type:
    an overridden method is never asked. What is not plain goes to refer, which names it or raises."""
    if depth > MAX_DEPTH:
        raise NotPlain(f"is nested deeper than {MAX_DEPTH} levels")
    kind = type(value)
    if value is None or kind is bool:
        return value
    if issubclass(kind, int):
        number = int.__index__(value)
        return number if -(2**53) < number < 2**53 else ["i", hex(number)]
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, str):
        return str.__str__(value)
    if issubclass(kind, complex):
        return ["c", complex.__complex__(value).real, complex.__complex__(value).imag]
    if issubclass(kind, dict):
        return ["d"] + [encode(side, refer, depth + 1) for item in dict.items(value) for side in item]
    for tag, base in (("l", list), ("t", tuple), ("s", set), ("f", frozenset)):
        if issubclass(kind, base):
            return [tag] + [encode(item, refer, depth + 1) for item in base.__iter__(value)]
    if kind is bytes or kind is bytearray:
        return ["b" if kind is bytes else "a", kind.hex(value)]
    if kind is range:
        return ["g", value.start, value.stop, value.step]
    if kind is decimal.Decimal:
        return ["m", str(value)]
    if kind is fractions.Fraction:
        return ["q", hex(value.numerator), hex(value.denominator)]
    if kind is type and builtins.__dict__.get(value.__name__) is value:
        return ["n", value.__name__]
    return refer(value)


def decode(data, resolve):
    """The value that encode told; resolve finds what was only named. Raises NotPlain."""
    if type(data) is not list:
        return data
    match data:
        case ["i", str(digits)]:
            return int(digits, 16)
        case ["c", float(real), float(imag)]:
            return complex(real, imag)
        case ["d", *sides] if len(sides) % 2 == 0:
            found = [decode(side, resolve) for side in sides]
            return dict(zip(found[::2], found[1::2]))
        case ["l" | "t" | "s" | "f" as tag, *items]:
            base = {"l": list, "t": tuple, "s": set, "f": frozenset}[tag]
            return base([decode(item, resolve) for item in items])
        case ["b", str(digits)]:
            return bytes.fromhex(digits)
        case ["a", str(digits)]:
            return bytearray.fromhex(digits)
        case ["g", int(start), int(stop), int(step)]:
            return range(start, stop, step)
        case ["m", str(text)]:
            return decimal.Decimal(text)
        case ["q", str(upper), str(lower)]:
            return fractions.Fraction(int(upper, 16), int(lower, 16))
        case ["n", str(name)] if type(builtins.__dict__.get(name)) is type:
            return builtins.__dict__[name]
        case ["r", int(index), str(kind)]:
            return resolve(index, kind)
    raise NotPlain("is not a value that can be read")


def told(data):
    """Data as one line of text, of bounded size."""
    text = json.dumps(data, separators=(",", ":"))
    if len(text) > 4_000_000:
        raise NotPlain("is larger than 4 MB")
    return text
`;
