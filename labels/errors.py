"""Errors of the project that a user can mend; each message says where, what, and what was expected.

StancewireError
├── LabelError      a label file, a codebook or an annotation
├── BundleError     a model bundle (service.bundle)
├── RegistryError   the model store, or a bundle named in it (service.registry)
├── TextError       a text that cannot be scored (service.scorer)
└── InputError      a file or an option given on the command line
"""

from __future__ import annotations


class StancewireError(Exception):
    """Root of all errors that the command line prints without a traceback."""


class LabelError(StancewireError):
    """A label file, a codebook or an annotation does not hold."""


class BundleError(StancewireError):
    """A model bundle is missing a file, was altered, or was made by another format version."""


class RegistryError(StancewireError):
    """The model store is damaged, or a bundle named by tag is not in it, or may not be touched."""


class TextError(StancewireError):
    """A text cannot be scored: empty, too long, or not text."""


class InputError(StancewireError):
    """A file or an option given by the user cannot be used."""
