"""Published files that datasets of a person's own kind may name by a relative path, such as ``tabular/titanic.csv``.

Templates use them: the recipe comes along, the file is downloaded, or looked for in the mirror.
"""

from collections.abc import Mapping

from engine.datasets.fetching import RemoteFile

TINY_SHAKESPEARE = RemoteFile(
    "text/tinyshakespeare.txt",
    1_115_394,
    "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
)

PUBLISHED: Mapping[str, RemoteFile] = {file.path: file for file in (TINY_SHAKESPEARE,)}
