"""The graph room: what is known, who said so, when it held, and where it is kept.

Nothing here knows about file formats (``nthtier.loaders``), questions (``nthtier.queries``) or
screens (``nthtier.explorer``).
"""
