"""Every measurement, one after the other: `python -m bench`; each prints ratios of things run in turns."""

from bench import deadlines, encryption, files, lists, papers

lists.main()
encryption.main()
files.main()
deadlines.main()
papers.main()
