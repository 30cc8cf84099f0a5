"""Spoils files at random but always alike for one seed: bytes, parts of a zip, tokens of XML."""

import base64
import io
import random
import re
import zipfile

TOKEN = re.compile(rb"<[^>]*>|[^<]+")
NASTY = (
    *(b"", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"&", b"<", b"]]>", b"<!--", b"<![CDATA[", b'"'),
    *(
        b"&#0;",
        b"&x;",
        b"-1",
        b"99999999999999999999",
        b"1E400",
        b"nan",
        b"\xed\xa0\x80",
        b"_x0000_",
    ),
    *(b"<!DOCTYPE a [<!ENTITY x 'y'>]>", b"A" * 70_000, b"</row>", b"<row", b"XFD1048576", b"\r"),
)


def spoilt(content: bytes, draw: random.Random) -> bytes:
    """Return the content with something wrong in it."""
    ways = [_bytes, _cut, _bytes, _tokens]
    if content.startswith(b"PK"):
        ways = [_bytes, _cut, _part, _part, _part, _part, _drop, _twice]
    for _time in range(draw.randint(1, 3)):
        content = draw.choice(ways)(content, draw)
    return content


def _bytes(content: bytes, draw: random.Random) -> bytes:
    spoilt_bytes = bytearray(content)
    for _time in range(draw.choice((1, 1, 2, 8, 64))):
        if not spoilt_bytes:
            break
        at = draw.randrange(len(spoilt_bytes))
        how = draw.random()
        if how < 0.5:
            spoilt_bytes[at] = draw.randrange(256)
        elif how < 0.7:
            del spoilt_bytes[at : at + draw.randint(1, 40)]
        else:
            spoilt_bytes[at:at] = draw.choice(NASTY)
    return bytes(spoilt_bytes)


def _cut(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def _tokens(content: bytes, draw: random.Random) -> bytes:
    tokens = TOKEN.findall(content)
    for _time in range(draw.choice((1, 1, 2, 6))):
        if not tokens:
            break
        at, other = draw.randrange(len(tokens)), draw.randrange(len(tokens))
        how = draw.random()
        if how < 0.25:
            del tokens[at]
        elif how < 0.5:
            tokens.insert(at, tokens[other])
        elif how < 0.7:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif how < 0.85:
            tokens[at] = _inside(tokens[at], draw)
        else:
            tokens.insert(at, draw.choice(NASTY))
    return b"".join(tokens)


def _inside(token: bytes, draw: random.Random) -> bytes:
    """Spoil a text that is itself a document in base64, or an attribute."""
    try:
        inner = base64.b64decode(token, validate=True)
    except ValueError:
        return re.sub(rb'"[^"]*"', lambda _m: b'"' + draw.choice(NASTY) + b'"', token, count=1)
    return base64.b64encode(_tokens(inner, draw))


def _parts(content: bytes) -> dict[str, bytes] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # noqa: BLE001  (spoilt before; then its bytes are all there is to spoil)
        return None


def _zipped(parts: list[tuple[str, bytes]], draw: random.Random) -> bytes:
    file = io.BytesIO()
    how = draw.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, part in parts:
            archive.writestr(zipfile.ZipInfo(name), part, how)
    return file.getvalue()


def _part(content: bytes, draw: random.Random) -> bytes:
    parts = _parts(content)
    if not parts:
        return _bytes(content, draw)
    name = draw.choice(list(parts))
    parts[name] = draw.choice((_tokens, _tokens, _bytes, _cut))(parts[name], draw)
    return _zipped(list(parts.items()), draw)


def _drop(content: bytes, draw: random.Random) -> bytes:
    parts = _parts(content)
    if not parts:
        return _bytes(content, draw)
    del parts[draw.choice(list(parts))]
    return _zipped(list(parts.items()), draw)


def _twice(content: bytes, draw: random.Random) -> bytes:
    """One part under the name of another, or a name that leads elsewhere."""
    parts = _parts(content)
    if not parts:
        return _bytes(content, draw)
    first, second = draw.choice(list(parts)), draw.choice(list(parts))
    name = draw.choice((second, f"../{second}", f"/{second}", second.upper(), f"{second}\x01"))
    return _zipped([*((n, p) for n, p in parts.items() if n != second), (name, parts[first])], draw)
