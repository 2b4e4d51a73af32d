"""Labels in and out of annotation tools: one file a format, behind the Protocol of ``model.Format``."""
