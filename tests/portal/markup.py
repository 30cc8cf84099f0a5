"""What a page says of itself: headings, ids, labels, inline scripts and styles."""

from collections import Counter
from html.parser import HTMLParser

UNLABELLED = {"hidden", "submit", "button", "reset", "image"}


class Markup(HTMLParser):
    """One page, read once."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.ids, self.labelled, self.controls = Counter(), Counter(), set(), []
        self.inline, self.refers, self.lang, self._in_label = [], [], "", 0
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags[tag] += 1
        if tag == "html":
            self.lang = given.get("lang", "")
        if "id" in given:
            self.ids[given["id"]] += 1
        self.inline += [f"{tag} {name}" for name in given if name == "style" or name[:2] == "on"]
        self.inline += [f"{tag}"] if tag == "style" else []
        self._script = tag == "script" and "src" not in given
        self.refers += [
            given[name] for name in ("aria-labelledby", "aria-describedby") if given.get(name)
        ]
        if tag == "label":
            self._in_label += 1
            self.labelled.add(given.get("for"))
        if tag in {"input", "select", "textarea"} and given.get("type") not in UNLABELLED:
            self.controls.append((given.get("id"), bool(self._in_label or given.get("aria-label"))))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)

    def handle_data(self, data):
        if self._script and data.strip():
            self.inline.append("script")

    def handle_endtag(self, tag):
        self._script = False
        if tag == "label":
            self._in_label -= 1

    @property
    def unnamed(self):
        return [name for name, named in self.controls if not named and name not in self.labelled]

    @property
    def repeated(self):
        return [name for name, times in self.ids.items() if times > 1]

    @property
    def dangling(self):
        return [name for ids in self.refers for name in ids.split() if name not in self.ids]
