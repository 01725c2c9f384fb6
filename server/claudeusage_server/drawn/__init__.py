"""What the pages of both sides sum up and draw: values in, numbers and SVG out."""
