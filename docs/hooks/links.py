"""Links of a notebook page.

Contract: a link that works in Jupyter works on the site.  ``resolve`` turns a path beside the notebook, to another
notebook or to a page of ``docs/``, into the page's address here; a path to nothing raises ``LinkError``.
"""

from __future__ import annotations

import posixpath
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from headings import slug
from mkdocs.structure.files import File, Files


class LinkError(Exception):
    """A link whose target is not part of the site."""


def resolve(soup: BeautifulSoup, page: File, files: Files) -> None:
    """Rewrite the page's relative links in place.

    Args:
        soup: The page's content.
        page: The notebook's file, such as ``notebooks/01-forward.ipynb``.
        files: All files of the site.
    """
    for link in soup.select("a[href]"):
        target = urlsplit(str(link["href"]))
        if target.scheme or target.netloc or not target.path:
            continue
        # Seen from the repository: notebooks/ lies beside docs/, whose files are at the top of the site.
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page.src_uri), unquote(target.path)))
        file = files.get_file_from_path(path.removeprefix("docs/"))
        if file is None:
            raise LinkError(f"{page.src_uri}: the link to {link['href']} leads nowhere")
        # Jupyter's anchors keep capitals (#The-picture), the site's do not.
        fragment = f"#{slug(unquote(target.fragment))}" if target.fragment else ""
        link["href"] = file.url_relative_to(page) + fragment
    for image in soup.select("img[src]"):
        if not str(image["src"]).startswith("data:"):
            raise LinkError(f"{page.src_uri}: the image {image['src']} is not part of the site; draw it in a cell")
