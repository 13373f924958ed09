"""The contrast of two colours, by WCAG 2.2."""


def contrast(one: str, other: str) -> float:
    """Return the ratio of their relative luminances, from 1 to 21."""

    def luminance(colour):
        channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
