"""`sparkjob deploy` that holds still (SIGSTOP) before its n-th object is put.

python held_deploy.py 3 deploy --env far
"""

import os
import signal
import sys
from itertools import count
from typing import Any

from obstore.store import LocalStore

if __name__ == "__main__":
    from framework.cli.main import main

    held = int(sys.argv[1])
    numbers = count(1)
    put = LocalStore.put

    def counted(store: LocalStore, *arguments: Any, **options: Any) -> Any:
        """Put, unless it is this one's turn to wait."""
        if next(numbers) == held:
            os.kill(os.getpid(), signal.SIGSTOP)
        return put(store, *arguments, **options)

    LocalStore.put = counted  # type: ignore[method-assign,assignment]
    main(sys.argv[2:])
