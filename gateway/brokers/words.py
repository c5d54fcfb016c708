"""What a contribution says, for an officer: in English and in Arabic.

Texts take `{value}`, a number or a share in percent, as SHARES tells. Whether it speaks for or
against an office is its log-odds, and told apart from it.
"""

from typing import Final

from gateway.brokers.score import Contribution

ENGLISH: Final = "en"
ARABIC: Final = "ar"

SHARES: Final = frozenset(
    {"prompt", "swift", "hosting", "vpn", "moved", "one_shape", "errors", "night", "won"}
)
TEXTS: Final[dict[str, dict[str, str]]] = {
    "persons_a_week": {
        "en": "persons tried for within seven days, at most: {value}",
        "ar": "أكبر عدد من الأشخاص الذين حُجز لهم خلال سبعة أيام: {value}",
    },
    "days_a_week": {
        "en": "days of a week with attempts, on average: {value}",
        "ar": "متوسط عدد أيام الأسبوع التي جرت فيها محاولات: {value}",
    },
    "weeks": {
        "en": "weeks with attempts: {value}",
        "ar": "عدد الأسابيع التي جرت فيها محاولات: {value}",
    },
    "persons_a_phone": {
        "en": "persons with one telephone number, at most: {value}",
        "ar": "أكبر عدد من الأشخاص على رقم هاتف واحد: {value}",
    },
    "persons_a_device": {
        "en": "persons on one device, at most: {value}",
        "ar": "أكبر عدد من الأشخاص على جهاز واحد: {value}",
    },
    "devices_a_phone": {
        "en": "devices behind one telephone number, at most: {value}",
        "ar": "أكبر عدد من الأجهزة خلف رقم هاتف واحد: {value}",
    },
    "devices_an_address": {
        "en": "devices behind one address, at most: {value}",
        "ar": "أكبر عدد من الأجهزة خلف عنوان واحد: {value}",
    },
    "addresses_a_device": {
        "en": "addresses of one device, at most: {value}",
        "ar": "أكبر عدد من العناوين لجهاز واحد: {value}",
    },
    "prompt": {
        "en": "attempts within twenty seconds of an opening: {value}",
        "ar": "المحاولات خلال عشرين ثانية من فتح الحجز: {value}",
    },
    "swift": {
        "en": "forms sent faster than a person can fill them in: {value}",
        "ar": "الاستمارات المرسلة أسرع مما يستطيع إنسان تعبئتها: {value}",
    },
    "form_seconds": {
        "en": "seconds to fill in the form, as a rule: {value}",
        "ar": "الثواني المعتادة لتعبئة الاستمارة: {value}",
    },
    "form_spread": {
        "en": "how unevenly long forms take (0: always alike): {value}",
        "ar": "مدى تفاوت مدة تعبئة الاستمارات (0: متساوية دائمًا): {value}",
    },
    "pace_spread": {
        "en": "how unevenly attempts follow each other (0: always alike): {value}",
        "ar": "مدى تفاوت الفواصل بين المحاولات (0: متساوية دائمًا): {value}",
    },
    "hosting": {
        "en": "from networks where servers stand and nobody lives: {value}",
        "ar": "من شبكات استضافة خوادم لا يسكنها أحد: {value}",
    },
    "vpn": {
        "en": "by way of a VPN: {value}",
        "ar": "عبر شبكة خاصة افتراضية (VPN): {value}",
    },
    "moved": {
        "en": "tickets used on another device than they were drawn on: {value}",
        "ar": "التذاكر المستعملة على جهاز غير الذي سُحبت عليه: {value}",
    },
    "one_shape": {
        "en": "addresses that show one and the same program: {value}",
        "ar": "العناوين التي يظهر منها البرنامج نفسه: {value}",
    },
    "errors": {
        "en": "attempts that were refused as wrong or too many: {value}",
        "ar": "المحاولات المرفوضة لخطأ فيها أو لكثرتها: {value}",
    },
    "night": {
        "en": "attempts between one and six at night: {value}",
        "ar": "المحاولات بين الواحدة والسادسة ليلًا: {value}",
    },
    "won": {
        "en": "persons who got a place: {value}",
        "ar": "الأشخاص الذين حصلوا على موعد: {value}",
    },
}


def said(part: Contribution, language: str) -> str:
    """The sentence. KeyError: a language we do not have."""
    value = f"{part.value:.0%}" if part.feature in SHARES else f"{part.value:.4g}"
    return TEXTS[part.feature][language].format(value=value)
