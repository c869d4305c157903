"""eye trackers behind one protocol, the recorder, calibration arithmetic and importers."""
