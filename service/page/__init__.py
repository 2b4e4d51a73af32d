"""The page at ``/``: paste an article, see its stances. Static files; all it knows it asks from the API beside it."""

from service.page.serve import routes

__all__ = ["routes"]
