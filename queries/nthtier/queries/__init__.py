"""The queries room: find a company, trace exposure, classify what was found."""
