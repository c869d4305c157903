"""command_line:The foveola command."""
