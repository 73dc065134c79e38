"""Markers: words that stand nowhere else, and how to find them in bytes of any kind: plain, in the encodings that office
software writes, escaped as web pages, addresses and JSON do, in hexadecimal and base64, packed, and inside workbooks."""
import base64
import io
import os
import re
import zipfile

from leak import inflated

# Of a person in Chinese characters and in ASCII, of a business; four digits follow each.
PERSON, NUMBER, BUSINESS = "龘靐齉爩", "ZQ7XKVJW", "龗靁驫麤"
STEMS = (PERSON, NUMBER, BUSINESS)
CODECS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")


class Markers:
    """Hands out markers; each is used once."""

    def __init__(self):
        self.n = 0

    def next(self, stem):
        self.n += 1
        return "%s%04d" % (stem, self.n)

    def person(self):
        return self.next(PERSON)

    def number(self):
        return self.next(NUMBER)

    def business(self):
        return self.next(BUSINESS)


def in_base64(stem):
    """What of the stem stands in a base64 text wherever it begins, in both alphabets."""
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + stem)
        whole = text[(8 * shift + 5) // 6:len(text) - 4 if (len(stem) + shift) % 3 else len(text)]
        yield whole
        yield whole.replace(b"+", b"-").replace(b"/", b"_")


def spellings(stem):
    """{name of the spelling: pattern of the stem, with the digits behind it as a group where they can be read}"""
    digits = rb"(\d{4})"
    out = {}
    for codec in CODECS:
        raw = stem.encode(codec)
        wide, pairs = {"utf-16-le": (rb"((?:\d\0){4})", rb"((?:3\d00){4})"), "utf-16-be": (
            rb"((?:\0\d){4})", rb"((?:003\d){4})")}.get(codec, (digits, rb"((?:3\d){4})"))
        out[codec] = re.escape(raw) + wide
        out["hexadecimal " + codec] = b"(?i:%s)" % raw.hex().encode() + pairs
        out["base64 " + codec] = b"(?:" + b"|".join(sorted({re.escape(w) for w in in_base64(raw)})) + b")"
        if not stem.isascii() and not codec.startswith("utf-16"):
            out["percent " + codec] = b"(?i:%s)" % b"".join(b"%%%02x" % b for b in raw) + rb"((?:\d|%3\d){4})"
    if stem.isascii():
        out["small letters"] = re.escape(stem.lower().encode()) + digits
    else:
        out["JSON"] = b"(?i:%s)" % b"".join(rb"\\u%04x" % ord(c) for c in stem) + digits
        out["HTML decimal"] = b"".join(b"&#0*%d;" % ord(c) for c in stem) + digits
        out["HTML hexadecimal"] = b"(?i:%s)" % b"".join(b"&#x0*%x;" % ord(c) for c in stem) + digits
    return out


PATTERNS = [(stem, name, re.compile(pattern)) for stem in STEMS for name, pattern in spellings(stem).items()]


def unpacked(data, depth=4):
    """The bytes, what their zstd, zlib and gzip streams inflate to, and the members of a zip (a workbook is one)."""
    yield data
    if not depth:
        return
    for one in inflated(data):
        yield from unpacked(one, depth - 1)
    at = data.find(b"PK\3\4")
    if at >= 0:
        try:
            with zipfile.ZipFile(io.BytesIO(data[at:])) as z:
                for name in z.namelist():
                    yield name.encode()
                    yield from unpacked(z.read(name), depth - 1)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError):
            pass


def in_bytes(data):
    """[(marker or stem, spelling)] in these bytes."""
    found = []
    for layer in unpacked(data):
        for stem, name, pattern in PATTERNS:
            for m in pattern.finditer(layer):
                digits = m.group(1) if pattern.groups else b""
                if name.startswith("hexadecimal"):
                    digits = bytes.fromhex(digits.decode())
                digits = digits.replace(b"\0", b"").replace(b"%3", b"")
                found.append((stem + digits.decode(), name))
    return found


def search(blobs, allowed=()):
    """{place: [(marker, spelling)]}; the place's own name is searched as well."""
    out = {}
    for place, data in blobs:
        hits = [h for h in in_bytes(data) + in_bytes(str(place).encode()) if h[0] not in allowed]
        if hits:
            out.setdefault(place, []).extend(sorted(set(hits)))
    return out


def tree(path):
    """Every file below a directory, with its name."""
    for base, _, names in os.walk(path):
        for name in names:
            whole = os.path.join(base, name)
            with open(whole, "rb") as f:
                yield os.path.relpath(whole, path), f.read()


# ---- the registry ---------------------------------------------------------------------------------------------------------


def marked(path):
    """[(table, column, mark)] of a registry's text, of the columns that hold text."""
    out = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            words = line.split()
            for column in words[5:] if words[0] == "table" else []:
                part = column.split(":")
                if part[-1] in ("p", "d") and len(part) > 3:
                    out.append((words[1], part[0], part[-1]))
    return out
