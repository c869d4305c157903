"""saliency models scored against fixations."""
