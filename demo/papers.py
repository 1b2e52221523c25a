"""What papers does the demo city hand in? Small PDFs, each plainly marked as a sample."""

import io
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from kernel import objects
from kernel.ids import new_id
from kernel.objects import StoredObject

FONTS = str(Path(pylopdf_fonts_zh_cn.__file__).parent)
SOURCE = """
#set page(paper: "a5", margin: 2cm)
#set text(font: "Noto Serif SC", size: 12pt, lang: "zh")
#align(center)[#text(18pt)[样例材料 · SAMPLE]]
#v(1cm)
= {title}
{body}
"""


def make_paper(title: str, body: str) -> bytes:
    """One page of PDF."""
    source = SOURCE.replace("{title}", title).replace("{body}", body)
    compiler = typst.Compiler(source.encode(), font_paths=[FONTS], ignore_system_fonts=True)
    return bytes(compiler.compile(format="pdf"))


def keep_paper(folder: str, paper: bytes) -> StoredObject:
    """Put a paper into the object store under a key of its own."""
    return objects.store().put(f"{folder}/{new_id('ppr')}.pdf", io.BytesIO(paper))
