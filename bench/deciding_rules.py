"""The one rule set that every system gets: 180 phrases and 20 expressions, and what is decided.

The phrases are made up, so that an ordinary request matches none and every rule has to be tried.
Imported by `deciding.py` and, in the interpreter of a peer, by `deciding_peers.py`.
"""

PHRASES = [f"xqv made up phrase {number:03d}" for number in range(180)]
EXPRESSIONS = [rf"\bxqv-{number:02d}-[0-9]{{4}}-[a-z]{{3}}\b" for number in range(20)]
BENIGN = (
    "Please write a short note to everybody who came to the spring fair of our street, thank those "
    "who brought cakes and lent tables, say what is left in the kitty, and ask who would like to help "
    "with the lanterns in November; we meet again on Tuesday."
)
BY_PHRASE = f"{BENIGN} Then xqv made up phrase 171."
BY_EXPRESSION = f"{BENIGN} Then xqv-17-2024-abc."
LONG = f"{BENIGN} " * 33
"""About 8 kB."""
