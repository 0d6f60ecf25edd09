"""Images: whole, the same every time, nothing outside the sheet, sound in grey."""

from __future__ import annotations

import io

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Image
from matplotlib.text import Text

from usepolicy.comparison.figures import Figure, Size
from usepolicy.figures import draw
from usepolicy.figures.build import build_figure, study_subjects
from usepolicy.figures.style import INK, SHEETS, wrapped

STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
LEGIBLE = {Size.COLUMN: 4.5, Size.PAGE: 5.5, Size.SLIDE: 7.5}
"""Points of the smallest type."""


def captured(figure: Figure, size: Size, monkeypatch: pytest.MonkeyPatch) -> Image:
    """Return the image before it becomes bytes."""
    kept: list[Image] = []

    def keep(image: Image, form: str) -> bytes:
        FigureCanvasAgg(image).draw()
        kept.append(image)
        return b""

    monkeypatch.setattr(draw, "image_bytes", keep)
    draw.draw_figure(figure, "png", size=size)
    return kept[0]


@pytest.mark.parametrize("form", draw.FORMS)
@pytest.mark.parametrize("number", [3, 4, 7])
def test_an_image_is_one_and_always_the_same(number: int, form: str) -> None:
    figure = build_figure(number)
    first = draw.draw_figure(figure, form, size=Size.COLUMN)
    assert first.startswith(STARTS[form])
    assert draw.draw_figure(figure, form, size=Size.COLUMN) == first


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("number", range(1, 9))
def test_no_label_is_clipped_or_too_small(
    number: int, size: Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = captured(build_figure(number), size, monkeypatch)
    sheet = image.bbox
    texts = [t for t in image.findobj(Text) if isinstance(t, Text) and t.get_text()]
    assert texts
    for text in texts:
        box = text.get_window_extent()
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= sheet.x1 + 1 and box.y1 <= sheet.y1 + 1
        assert inside, text.get_text()
        assert text.get_fontsize() >= LEGIBLE[size], text.get_text()


@pytest.mark.parametrize("number", [3, 4, 5])
def test_a_slide_with_many_columns_keeps_its_size(number: int) -> None:
    figure = build_figure(number, (*study_subjects(), *study_subjects()[:5]))
    from PIL import Image as Pixels

    with Pixels.open(io.BytesIO(draw.draw_figure(figure, "png", size=Size.SLIDE))) as image:
        width, height = image.size
    assert width / height == pytest.approx(13.33 / 7.5, abs=0.01)


def test_words_are_dark_on_white_and_on_the_darkest_field() -> None:
    from usepolicy.figures.wheel import DARKEST

    def luminance(rgb: tuple[float, ...]) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ink = luminance(mpl.colors.to_rgb(INK))
    field = luminance(tuple(1 - DARKEST * (1 - c) for c in mpl.colors.to_rgb(INK)))
    assert 1.05 / (ink + 0.05) > 7
    assert (field + 0.05) / (ink + 0.05) > 4.4


def test_dollars_and_markup_in_a_label_are_plain_text() -> None:
    subject = study_subjects()[0]
    from dataclasses import replace

    hostile = replace(subject, coding=replace(subject.coding, label="$\\frac{1}{0}$ <b>&"))
    assert draw.draw_figure(build_figure(4, [hostile]), "svg").startswith(b"<?xml")


@pytest.mark.parametrize(
    ("text", "lines", "why"),
    [
        ("", [""], "nothing is one empty line"),
        ("one two", ["one two"], "it fits"),
        ("a" * 200, 3, "a word that is too long is cut"),
    ],
)
def test_text_is_wrapped(text: str, lines: list[str] | int, why: str) -> None:
    found = wrapped(text, 3.0, SHEETS[Size.PAGE].font)
    assert len(found) >= lines if isinstance(lines, int) else found == lines, why
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
