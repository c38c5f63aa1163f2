"""How long a user name has to wait after wrong attempts: the wait doubles, but nobody is ever locked out."""

from datetime import timedelta
from typing import Final

FREE_ATTEMPTS: Final = 5
# A longer wait would let anybody keep a colleague out during an emergency by typing her name; against a
# password of fifteen characters 288 guesses a day are nothing.
LONGEST_WAIT: Final = timedelta(minutes=5)
FORGOTTEN_AFTER: Final = timedelta(days=1)


def wait_after(failures: int) -> timedelta:
    """The pause after so many refusals in a row: none up to four, then 1, 2, 4 ... 256, 300 seconds."""
    if failures < FREE_ATTEMPTS:
        return timedelta(0)
    doublings = min(failures - FREE_ATTEMPTS, 9)
    return min(timedelta(seconds=2**doublings), LONGEST_WAIT)
