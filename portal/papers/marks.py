"""How is the square mark of a paper drawn? It says an address that tells a stranger nothing of a person."""

import io

import segno


def qr(text: str) -> str:
    """Draw a mark as SVG."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", border=0, xmldecl=False)
    return buffer.getvalue().decode()
