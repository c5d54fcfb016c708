"""The offices where a passport is asked for."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Branch:
    """Texts are by language code."""

    id: str
    name: dict[str, str]
    address: dict[str, str]


BRANCHES: Final = (
    Branch(
        "damascus",
        {"ar": "فرع دمشق", "en": "Damascus branch"},
        {
            "ar": "شارع خالد بن الوليد، بناء الهجرة والجوازات",
            "en": "Khaled ibn al-Walid Street, Immigration and Passports building",
        },
    ),
    Branch(
        "aleppo",
        {"ar": "فرع حلب", "en": "Aleppo branch"},
        {"ar": "حي الجميلية، مقابل الحديقة العامة", "en": "Al-Jamiliyah, facing the public park"},
    ),
    Branch(
        "homs",
        {"ar": "فرع حمص", "en": "Homs branch"},
        {"ar": "شارع الحضارة، قرب الساعة الجديدة", "en": "Al-Hadara Street, by the New Clock"},
    ),
    Branch(
        "latakia",
        {"ar": "فرع اللاذقية", "en": "Latakia branch"},
        {"ar": "شارع 8 آذار، الطابق الأرضي", "en": "8 March Street, ground floor"},
    ),
)
BY_ID: Final = {branch.id: branch for branch in BRANCHES}
