"""Texts in reports: rendered, they are all there and nothing but text."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from interpref_db.exporters.markup_escaping import escape_html, escape_markdown, reveal

NASTY = (
    "<script>x</script>", "<img src=x onerror=y>", "![x](http://evil.example/x.png)", "[c](javascript:alert(1))",
    "http://evil.example/a", "//localhost/x", "www.evil.example", "evil.example", "me@evil.example", "@everyone", "@@a`@`",
    "mailto:me@evil.example", "xmpp:a@b.example", "<http://evil.example>", "# h", "a\n# h", "a\r\n\r\n- b", "| a | b |", "a\\|b",
    "\\", "a\\", "```\ncode", "`a`", "``", "[^1]", "[^1]: note", "*a* _b_ **c** ~~d~~ ==e== ^f^", "&lt;b&gt; &amp; &#60;", "$$x$$", "---", "===",
    "+ a", "- a", "1. a", "12) a", "> a", ": a", "    code", " a ", "a  b", "\ta", "[a]: http://evil.example", "{#id .class}", "a{onclick=x}",
    "\x00\x1b[31m\x07\x9b", "\u202eabc\u202c\u2066\u2069\u200b\u2028\u2029\x85\ufeff\u3164", "<U+202E>", "\ud800", "<!-- x", "<?x", "]]>",
    "GPT-4.1 (high) & co: 50%", "Llama-3.1-8B.gguf", "模型　一", "[x] done", "- [ ] task", ":smile:", "#12", "setext\n===", "x | y\n--- | ---",
)  # fmt: skip
FRAMES = {"heading": "## {}\n", "cell": "| a | b |\n| --- | ---: |\n| {} | {} |\n", "head": "| {} | {} |\n| --- | --- |\n| a | b |\n",
    "paragraph": "{}\n", "item": "- {}: {}\n- b: c\n"}  # fmt: skip
CALM = "calm"
RENDERERS = {
    "commonmark": MarkdownIt("commonmark").enable("table"),
    "gfm": MarkdownIt("gfm-like", {"linkify": True, "typographer": False}),
}


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "code":
            self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment")

    def handle_decl(self, decl: str) -> None:
        self.tags.append("declaration")

    def handle_pi(self, data: str) -> None:
        self.tags.append("instruction")


def seen(text: str) -> Seen:
    found = Seen()
    found.feed(text)
    found.close()
    return found


def read_back(text: str) -> str:
    """What `reveal` was given."""
    return re.sub(r"<U\+([0-9A-F]{4,6})>", lambda found: chr(int(found[1], 16)), text)


def check(text: str, frame: str, renderer: str) -> None:
    render = RENDERERS[renderer].render
    made = escape_markdown(text)
    assert "\n" not in made
    rendered = seen(render(FRAMES[frame].format(*[made] * 2)))
    calm = seen(render(FRAMES[frame].format(*[CALM] * 2)))
    assert rendered.tags == calm.tags, rendered.tags
    assert rendered.attributes == calm.attributes
    assert rendered.text == calm.text.replace(CALM, reveal(text))
    assert read_back(reveal(text)) == text


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("frame", FRAMES)
def test_no_markup_of_theirs_is_any(frame: str, renderer: str) -> None:
    for one in NASTY:
        for text in (one, f"a {one}", f"{one} b", one * 2):
            check(text, frame, renderer)


_PIECES = st.sampled_from([*NASTY, *"\\`*_{}[]()<>|#!~&^$\"'=+-.:/@ \n\t", "a", "w", "1", "http", "www.", "com", "界"])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(_PIECES, min_size=1, max_size=7).map("".join),
    st.sampled_from(list(FRAMES)),
    st.sampled_from(list(RENDERERS)),
)
@example("w.a", "cell", "gfm")
def test_no_markup_comes_of_putting_pieces_together(text: str, frame: str, renderer: str) -> None:
    check(text, frame, renderer)


@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1))
def test_what_is_shown_is_the_text(text: str) -> None:
    assert read_back(reveal(text)) == text
    assert all(one.isprintable() or one in "\u00a0\u3000" for one in reveal(text))
    assert read_back(html.unescape(escape_html(text))) == text
    found = seen(f"<p title='{escape_html(text)}'>{escape_html(text)}</p>")
    assert (found.tags, found.text) == (["p"], reveal(text))
    assert found.attributes == [("title", reveal(text))]
