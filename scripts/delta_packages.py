"""Prints the Maven coordinates of Delta for a version of Spark, for spark-submit's --packages."""

import sys

from framework.stage.jars import delta_coordinates

if __name__ == "__main__":
    sys.stdout.write(delta_coordinates(sys.argv[1]) + "\n")
