"""Check the templates: python -m config.markup [folder].

djLint's own command sends its configuration to a process for every file, which takes ten times as long as the
looking; here it is read once.
"""

import sys
from pathlib import Path

from djlint.api import lint_text, load_config

ROOT = Path(__file__).resolve().parent.parent


def problems(folder: Path) -> list[str]:
    """One line for each fault in the templates under `folder`: file, line, rule and what it says."""
    config = load_config(str(ROOT))
    return [
        f"{path.relative_to(folder)}:{found.line}: {found.code} {found.message}"
        for path in sorted(folder.rglob("*.html"))
        for found in lint_text(config, path.read_text(encoding="utf-8"), str(path))
    ]


def main(arguments: list[str]) -> int:
    found = problems(Path(arguments[0]) if arguments else ROOT / "templates")
    print("\n".join(found) or "no fault in any template")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
