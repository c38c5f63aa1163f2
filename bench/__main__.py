"""Every measurement, one after the other: `python -m bench`; each prints ratios of things run in turns."""

from bench import audit, deadlines, encryption, files, lists, papers, restore

lists.main()
audit.main()
encryption.main()
files.main()
deadlines.main()
papers.main()
restore.main()
