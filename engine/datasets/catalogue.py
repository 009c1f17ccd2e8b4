"""Published files that datasets of a person's own kind may name by a relative path, such as ``tabular/titanic.csv``.

Templates use them: the recipe comes along, the file is downloaded, or looked for in the mirror.
"""

from collections.abc import Mapping

from engine.datasets.fetching import RemoteFile

PUBLISHED: Mapping[str, RemoteFile] = {}
