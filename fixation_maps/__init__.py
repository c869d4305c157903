"""from gaze samples to fixations, and from fixations to ground truth."""
