"""How does a paper become a PDF: a typst template, plain data, our own fonts and nothing else?"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

FONTS = Path(__file__).resolve().parent / "fonts"


def compile_paper(template: Path, data: Mapping[str, Any]) -> bytes:
    """Return the PDF of a template; it reads its data from ``sys.inputs.data`` as JSON."""
    return bytes(
        typst.compile(
            template,
            root=template.parent,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    )
