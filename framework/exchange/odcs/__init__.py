"""Data contracts of the Open Data Contract Standard 3.1 (https://bitol-io.github.io/open-data-contract-standard).

The standard is its text; the JSON Schema beside it is only an aid, and the tests validate with it.
"""
