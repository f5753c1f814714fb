"""What spark-submit starts for a folder of jobs.

The module itself cannot be the application: Python would put its folder first on the path.
"""

import runpy

if __name__ == "__main__":
    runpy.run_module("framework.cli.application", run_name="__main__", alter_sys=True)
