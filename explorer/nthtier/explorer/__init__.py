"""The explorer room: the command line, the page, exports and notebook display."""
