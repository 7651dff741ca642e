"""The loaders room: public lists, fact files and tables become sourced statements."""
