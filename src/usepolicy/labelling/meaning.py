"""stub"""

MODEL = "use-categories"
NONE = "none"
