"""Every measurement, one after the other: `python -m bench`; each prints ratios of things run in turns."""

from bench import (
    audit,
    consignments,
    cube,
    deadlines,
    encryption,
    files,
    history,
    lists,
    papers,
    public,
    restore,
    sealed_pages,
    suppression,
)

lists.main()
audit.main()
encryption.main()
sealed_pages.main()
files.main()
deadlines.main()
history.main()
cube.main()
consignments.main()
suppression.main()
papers.main()
public.main()
restore.main()
