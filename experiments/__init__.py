"""an observer's session in PsychoPy, from settings to a finished recording."""
