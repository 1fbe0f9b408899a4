"""Which licences may ship, and the licence of each component."""

from __future__ import annotations

import re

#: The licences that may ship, with their conditions. Read a licence before you add it.
ALLOWED = {
    "Apache-2.0": "its text and notices ship",
    "Apache-2.0 WITH Swift-exception": "asks for nothing in a program that was compiled with it",
    "MIT": "its text ships",
    "BSD-1-Clause": "asks for nothing of programs",
    "BSD-2-Clause": "its text ships",
    "BSD-3-Clause": "its text ships",
    "BSD-4-Clause-UC": "its text ships; the University of California took the clause on advertising back",
    "IJG": "documents say that the work of the Independent JPEG Group is inside: its notice ships",
    "Zlib": "asks for nothing of programs",
    "libpng-2.0": "asks for nothing of programs",
    "bzip2-1.0.6": "asks for nothing of programs",
    "Unicode-3.0": "its text ships",
    "ICU": "its text ships",
    "ISC": "its text ships",
    "blessing": "the public domain",
    "LicenseRef-public-domain": "the public domain",
    # Only if the library is a separate file, which the user can replace: `check` in components.py.
    "LGPL-3.0-or-later": "its text ships, and the library is a file of its own",
}
#: These may not be linked into a program.
REPLACEABLE = {"LGPL-3.0-or-later"}

#: SPDX has no identifier for it.
PUBLIC_DOMAIN = ("LicenseRef-public-domain", "The authors have put this software into the public domain.")

#: C libraries: the licence of the library alone, and words of its copyright file that show it. A Debian package's file also
#: covers tools, tests and packaging, which do not ship.
LIBRARIES = {
    "archive": ("BSD-2-Clause AND BSD-1-Clause AND BSD-4-Clause-UC", ("Redistributions in binary form must reproduce",)),
    "bz2": ("bzip2-1.0.6", ("Julian R Seward", "The origin of this software must not be misrepresented")),
    "lzma": ("LicenseRef-public-domain", ("liblzma", "public domain")),
    "nettle": ("LGPL-3.0-or-later OR GPL-2.0-or-later", ("LGPL-3+ or GPL-2+",)),
    "spng": ("BSD-2-Clause AND libpng-2.0", ("BSD-2-Clause", "libpng-2.0")),
    "sqlite3": ("blessing", ("License: public-domain", "D. Richard Hipp")),
    "turbojpeg": ("IJG AND BSD-3-Clause AND Zlib", ("BSD-BY-LC-NE", "BSD-3-clause", "Zlib")),
    "z": ("Zlib", ("License: Zlib",)),
    "zstd": ("BSD-3-Clause OR GPL-2.0-only", ("BSD-3-clause or GPL-2",)),
}

#: In this order, because later texts contain words of earlier ones.
TEXTS = [
    ("Apache-2.0 WITH Swift-exception", ("Apache License", "Version 2.0", "Runtime Library Exception")),
    ("Apache-2.0", ("Apache License", "Version 2.0", "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION")),
    ("Unicode-3.0", ("UNICODE LICENSE V3",)),
    ("BSD-3-Clause", ("Redistribution and use in source and binary forms", "Neither the name of")),
    ("BSD-2-Clause", ("Redistribution and use in source and binary forms",)),
    ("MIT", ("Permission is hereby granted, free of charge, to any person obtaining a copy", "sublicense, and/or sell")),
    ("ISC", ("Permission to use, copy, modify, and/or distribute this software for any purpose",)),
]


def has_words(text: str, words: tuple[str, ...]) -> bool:
    """Whether all words occur, regardless of line breaks."""
    flat = " ".join(text.split()).casefold()
    return all(" ".join(word.split()).casefold() in flat for word in words)


def recognise(text: str) -> str | None:
    """The licence of a text; None if it is unknown here."""
    return next((name for name, words in TEXTS if has_words(text, words)), None)


def refused(expression: str, replaceable: bool) -> list[str]:
    """The licences of an SPDX expression that may not ship. For alternatives, one licence that may ship is sufficient."""
    allowed = ALLOWED.keys() if replaceable else ALLOWED.keys() - REPLACEABLE
    return [part for part in re.split(r" AND ", expression) if not allowed & set(part.split(" OR "))]
