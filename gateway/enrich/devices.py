"""What kind of device a user agent names: Matomo's fourteen types under our names, found by marks in the text.

`MATOMO_DEVICE` is the translation for Matomo's Reporting API, in the order of its numbers (Device Detector: desktop 0,
smartphone 1, …). The marks are linear-time regular expressions, of which the first that matches counts.
"""

from __future__ import annotations

from types import MappingProxyType

from ua_parser_rs import UserAgentExtractor

MATOMO_DEVICE = MappingProxyType(
    {
        "desktop": "desktop",
        "phone": "smartphone",
        "tablet": "tablet",
        "feature_phone": "feature phone",
        "console": "console",
        "tv": "tv",
        "car": "car browser",
        "smart_display": "smart display",
        "camera": "camera",
        "portable_media_player": "portable media player",
        "phablet": "phablet",
        "smart_speaker": "smart speaker",
        "wearable": "wearable",
        "peripheral": "peripheral",
    }
)

# What stands in a user agent, most telling first: an Xbox says Windows too, a car Linux, a television Android.
_MARKS = (
    ("smart_display", r"DeviceType/SmartDisplay|Nest Hub|\bAEO(?:BC|BP|CW|CH|CN|HY|KN|TA|AT|FN)\b"),  # AEO…: Echo Show
    ("smart_speaker", r"DeviceType/SmartSpeaker|HomePod|AlexaMediaPlayer|Google ?Home|Sonos"),
    ("console", r"(?i)playstation|xbox|nintendo|\bPSP\b|dreamcast|steam ?deck|\bouya\b"),
    (
        "wearable",
        r"(?i)apple ?watch|watchos|wear ?os|\bSM-R\d{3}|galaxy watch|pixel watch|\bgear s\d?\b|fitbit"
        r"|OculusBrowser|\bQuest \d|hololens",
    ),
    (
        "tv",
        r"(?i)smart-?tv|google ?tv|apple ?tv|android ?tv|hbbtv|netcast|\bweb0s\b|webos\.tv|\bTV Safari|roku|bravia"
        r"|\bAFT[A-Z0-9]{1,8}\b|viera|aquos(?:browser|tv)|crkey|mitv|mibox|shield android|nettv|\bOMI/|ce-html|\bdtv\b"
        r"|vizio|smartcast|opera tv|vidaa|inettvbrowser|\bhisense\w*tv|philips\w*tv|freebox|set-?top",
    ),
    ("car", r"(?i)tesla/|qtcarbrowser|android automotive|\bautomotive\b|polestar|carplay"),
    ("camera", r"\bEK-[GK]C\d|(?i)\bcoolpix\b|\bDMC-CM\d"),
    ("portable_media_player", r"(?i)\bipod\b|\bYP-G[A-Z0-9]+|walkman|\bNW-(?:A|WM|ZX)\d+|\bzune\b|\bfiio\b"),
    ("peripheral", r"(?i)\bPAX[ _]?[A-Z]\d|\bsunmi\b|verifone|ingenico|\bclover\b|\bsumup\b|newland[ _-]N\d"),
    (
        "phablet",
        r"\bSM-N[79]\d{2}|\bGT-N7\d{3}|\bGT-I9(?:15|20|26)\d|\bNexus 6P?\b|(?i)\bmi max\b|\blumia (?:1320|1520)\b|\bmate 8\b",
    ),
    ("phone", r"(?i)windows phone|iemobile|\blumia \d{3}"),  # some say that they are Windows
    ("desktop", r"Windows NT|Macintosh"),
    (
        "tablet",
        r"(?i)\bipad\b|\btablet\b|kindle|\bKF[A-Z]{2,6}\b|playbook|\bSM-[TXP]\d{3}|\bGT-P\d{4}|\bTB-?[X0-9]\w+"
        r"|nexus (?:7|9|10)\b|pixel (?:c|tablet)\b|xoom|mediapad|matepad|touchpad|\bkobo\b|\bSilk/",
    ),
    ("feature_phone", r"(?i)\bmidp|\bcldc|\bj2me|kaios|\bdolfin|series40|\bbrew\b|symbianos/[0-8]\.|up\.browser|obigo"),
    (
        "phone",
        r"(?i)iphone|mobile|phone|blackberry|\bbb10\b|opera mini|opera mobi|symbian|webos|sailfish|\bfirefox ?os\b",
    ),
    ("tablet", r"Android|Windows RT"),
    ("desktop", r"X11|Linux|CrOS|Windows|Win(?:98|95|32)|FreeBSD|OpenBSD|NetBSD|Haiku|SunOS|OS/2|Amiga"),
)
_marks = UserAgentExtractor([(pattern, device, None, None, None, None) for device, pattern in _MARKS])

# https://wicg.github.io/ua-client-hints/ § Sec-CH-UA-Form-Factors
_FORM_FACTORS = {"Automotive": "car", "Tablet": "tablet", "Watch": "wearable", "XR": "wearable", "EInk": "tablet"}


def device(user_agent: str, form_factors: tuple[str, ...] = ()) -> str:
    """One of MATOMO_DEVICE's keys, "" where nothing tells. A form factor that the browser names counts more than marks."""
    for form_factor in form_factors:
        if form_factor in _FORM_FACTORS:
            return _FORM_FACTORS[form_factor]
    found = _marks.extract(user_agent)
    return found.family if found is not None else ""
