"""Hand-written words of complaints in the four languages, the part of the complaint model that no public data give.

There are no public complaints in Estonian, Russian or Finnish. The groups mean the same in each language, so that how
much a group weighs can be learnt on English complaints and used in all four. An entry is the beginning of a word, or of
a phrase, in lower case; entry that takes endings ends in ``*``.
"""

import re
from collections.abc import Mapping
from functools import cache

GROUPS = ("failure", "silence", "money", "anger", "demand", "praise", "advert")

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "failure": """
            not work*, doesn't work, does not work, didn't work, isn't working, won't, can't, cannot, couldn't,
            unable, broken, broke, damage*, faulty, defect*, missing, lost, late, delay*, cancelled, canceled,
            stuck, wrong, cold, rotten, mould*, mold*, never arrived, never came, not arrived, not delivered,
            hasn't arrived, didn't arrive, no show, error, crash*, down, fail*, problem*, issue*, ruined, leak*,
            stopped work*, out of order, still haven't, still no
        """,
        "silence": """
            no answer, no reply, no response, no one answer*, nobody answer*, ignor*, unanswered, not answer*,
            on hold, waiting, waited, still wait*, no help, unhelpful, can't reach, hung up, hang up, for hours,
            for weeks, for days, customer service, customer support, rude, useless
        """,
        "money": """
            refund*, money back, charged, overcharg*, compensat*, paid, pay for, rip off, ripoff, rip-off, fee,
            fees, billed, bill
        """,
        "anger": """
            terrible, worst, awful, horrible, shame*, disgrac*, disgust*, ridiculous, unacceptable, pathetic,
            appalling, disappoint*, never again, joke, scam*, fraud*, liar*, lies, lied, sucks, wtf, fed up,
            angry, furious, frustrat*, annoy*, poor, crap, rubbish, shit*, complain*, nightmare, incompetent
        """,
        "demand": """
            please fix, fix it, fix this, sort it out, sort this, please help, help me, where is my, where's my,
            i want, i demand, i need, why is, why are, why can't, why do, when will, how long, what's going on,
            what is going on
        """,
        "praise": """
            thank*, great, love, loved, excellent, amazing, awesome, perfect, best, happy, wonderful, recommend,
            good job, well done, fast delivery, fixed it, works great, delicious
        """,
        "advert": """
            giveaway, discount, sale, win a, we are hiring, hiring, vacanc*, shares, stock, launches, announces,
            sponsor*, promo*, use code, check out, new album, now available
        """,
    },
    "et": {
        "failure": """
            ei tööta*, ei töödanud, ei toimi*, ei saabunud, ei tulnud, ei jõudnud, pole saabunud, pole jõudnud,
            pole kohale, ei toodud, ei avane, ei saa, ei õnnestu*, katki*, rikki*, rike, rikkis, defekt*,
            puudu*, kadunud, kadus, kaotsi*, hilin*, hilja, tühista*, vale, valed, vigane, viga, vead, külm*,
            hallita*, riknenud, aegunud, jälle, ikka veel, ikka pole, siiani pole, probleem*, jama, kokku
            jooksis, jookseb kokku, seisab, purun*, lõhk*, rikuti, rikku*, ära jäi, jäi tulemata, poolik*
        """,
        "silence": """
            ei vasta*, pole vasta*, vastust pole, vastust ei, vastuseta, ei võta vastu, ei reageeri*,
            ignoreeri*, ootan, ootasin, ootame, ootasime, ootama, oodanud, ootel, nädalaid, päevi, tunde,
            klienditeenindu*, teenindus, kasutajatugi, klienditugi, ebaviisa*, ülbe*, ropp, ükskõik*, ei aita*,
            keegi ei
        """,
        "money": """
            raha tagasi, tagasimakse*, raha kätte, tagastage, tagastus*, hüvit*, kompens*, maksin, maksti,
            makstud, arve*, võeti raha, topelt, ülehinna*, tasu, lepingutasu, leppetrahv*, trahv*
        """,
        "anger": """
            kohutav*, jube*, halb, halvim, halva*, kehv*, sitt*, sita*, häbi*, piinlik*, lubamatu*,
            vastuvõetamatu*, pettum*, petis*, pettus*, petavad, peta*, kelm*, valet*, enam kunagi, mitte kunagi,
            ei soovita*, jälk*, vastik*, nõme*, masend*, õudne*, õudus*, närvi*, vihane, vihale, kõrini,
            saamatu*, lollus*, tüng*, pask*, haige, mõttetu*, kaeba*, kaebus*, närune
        """,
        "demand": """
            tehke korda, palun aidake, aidake, kus mu, kus mi*, kus on, millal, kui kaua, nõuan, tahan oma,
            soovin oma, miks, mis toimub, kaua võib, lahendage, parandage
        """,
        "praise": """
            aitäh, tänan, tänud, tänu, suurepära*, super*, väga hea*, tubli*, kiitus*, meeldi*, armas, parim*,
            rahul, soovitan, mõnus*, äge, lahe, imelise*, kiire tarne, maitsev*, vahva*
        """,
        "advert": """
            loosi*, kampaania, soodus*, allahindlus*, otsime oma, tööpakku*, kandideeri*, aktsia*, käive,
            kvartal*, pressiteade, võida, uudis*, avas, avab, sponsor*
        """,
    },
    "ru": {
        "failure": """
            не работа*, не приш*, не приех*, не достав*, не привез*, не получ*, не могу, не открыва*, не
            включа*, не запуска*, сломан*, слома*, поломк*, брак*, дефект*, повред*, разбит*, пропал*, потеря*,
            не хвата*, опозда*, опаздыва*, задерж*, отмен*, ошибк*, холодн*, просроч*, плесен*, тухл*,
            испорчен*, испорти*, завис*, вылета*, глюч*, лага*, проблем*, опять, снова, до сих пор, все еще, всё
            ещё, не тот, не то, перепутал*, не приходит, косяк*, сбой*, лёг, лежит
        """,
        "silence": """
            не отвеча*, не ответ*, ответа нет, нет ответа, без ответа, игнор*, молчат, молчание, жду, ждем,
            ждём, ждал*, ждать, ожидан*, дозвонит*, не берут, трубк*, поддержк*, хам*, груб*, наплевать, пофиг,
            отписк*, отмаз*, неделю, часами, который день, который час, бесполезн*
        """,
        "money": """
            верните, вернуть деньги, возврат*, деньги назад, компенсац*, возмещ*, списал*, сняли деньги, сняли,
            оплатил*, заплатил*, переплат*, навязал*, комисси*, двойн*, штраф*, счет за, счёт за
        """,
        "anger": """
            заеб*, ужас*, кошмар*, отврат*, худш*, плох*, позор*, стыд*, безобраз*, возмут*, недопустим*,
            разочаров*, обман*, мошенн*, развод*, врут, вранье, враньё, лохотрон*, никогда больше, больше
            никогда, не рекоменд*, не советую, достал*, задолбал*, бесит, дерьм*, говн*, хрен*, пизд*, хуй*,
            отстой, жалоб*, пожал*ся, бардак, тупы*, идиот*, кидал*, гад*, уроды
        """,
        "demand": """
            исправьте, почините, помогите, где мой, где моя, где мои, где заказ, когда, сколько можно, почему,
            требую, хочу свои, что происходит, разберитесь, решите, верните
        """,
        "praise": """
            спасибо, благодар*, отличн*, супер, прекрасн*, замечательн*, люблю, обожаю, лучш*, молодц*,
            рекомендую, советую, доволен, довольна, классн*, круто, вкусн*, быстро привез*, радует
        """,
        "advert": """
            розыгрыш*, скидк*, акци*, ваканс*, реклам*, выручк*, кварта*, сообщил*, заявил*, открыл*, запустил*,
            кредит, кредиты, новости, промокод*, спонсор*
        """,
    },
    "fi": {
        "failure": """
            ei toimi*, ei saapunut, ei tullut, ei tule, ei ole tullut, ei ole saapunut, ei avaudu, ei onnistu*,
            en saa, ei saa, eivät toimi*, rikki*, hajo*, hajalla, vika*, viallinen, viallis*, vioittu*, puuttu*,
            kadonnut, kadoks*, katosi, hävi*, myöhäs*, viivästy*, peruttiin, peruutet*, väärä*, kylmä*, homei*,
            pilaantu*, vanhentu*, virhe*, kaatu*, jumi*, pätkii, ongelm*, taas, edelleen, vieläkään, vieläkin,
            jälleen, ei vieläkään, sekais*, särky*
        """,
        "silence": """
            ei vastaa*, ei vastata, ei vastattu, ei vastausta, vastausta ei, en saa vastausta, ei kukaan, kukaan
            ei, jonotta*, jonossa, odott*, odotel*, odotan, tuntikau*, viikkoja, viikkoa, päiväkau*,
            asiakaspalvelu*, aspa*, tuki ei, töykeä*, tyly*, epäystäväl*, välinpitämät*, ei auta, ei autettu, ei
            reagoi*
        """,
        "money": """
            rahat takaisin, rahani takaisin, rahoja, palautus*, palautta*, hyvitys*, hyvittä*, korvaus*,
            korvat*, korvausta, laskut*, lasku, laskun, veloit*, maksoin, maksettu, maksaa, kaksinkertai*,
            ylihint*, perintä*, sakko*
        """,
        "anger": """
            kauhe*, kamal*, surke*, huono*, paska*, paskaa, hirve*, häpe*, törke*, ala-arvoi*, kelvoton*,
            pettym*, pettyn*, huija*, huijari*, kuseta*, kusetus, valehtel*, ei koskaan enää, en enää koskaan,
            en suosittele, vittu*, vitun, perkele*, saatana*, raivo*, vihai*, ärsyt*, turhau*, vitut*,
            naurettav*, käsittämät*, uskomaton, uskomatonta, sietämät*, kelvotont*, valitus*, valitan, reklam*
        """,
        "demand": """
            korjatkaa, korjatkaapa, auttakaa, missä tilau*, missä paket*, missä on, missä mun, milloin, koska
            tulee, kauanko, vaadin, haluan rahat, miksi, mitä tapahtuu, hoitakaa, selvittäkää
        """,
        "praise": """
            kiitos, kiitti, kiitokset, mahtav*, loistav*, erinomai*, ihana*, upea*, paras, parasta, suosittelen,
            tyytyväi*, hienoa, nopea toimitus, herkulli*, toimii hyvin, hyvää palvelua, kiva, kivaa
        """,
        "advert": """
            arvonta*, arvomme, alennus*, tarjous*, haemme, rekrytoi*, avoin työpaikka, osake*, liikevaihto*,
            tulos, tiedote, kampanja*, voita, avaa uuden, julkisti, yhteistyössä, sponsor*
        """,
    },
}


def groups_in(text: str, language: str | None) -> list[int]:
    """Count how many different entries of each group a text in lower case holds, in the order of ``GROUPS``.

    A text of another or of no language is looked up in all four.
    """
    return [len(set(pattern.findall(text))) for pattern in _patterns(language if language in _WORDS else None)]


@cache
def _patterns(language: str | None) -> tuple[re.Pattern[str], ...]:
    chosen = [_WORDS[language]] if language else list(_WORDS.values())
    return tuple(re.compile(_pattern(",".join(words[group] for words in chosen))) for group in GROUPS)


def _pattern(entries: str) -> str:
    ways = (
        re.escape(" ".join(entry.split())).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for entry in entries.split(",")
    )
    return rf"\b(?:{'|'.join(ways)})\b"
