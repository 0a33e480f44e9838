"""Finnish."""

from models.facts.words.table import Words, parts, rows

FINNISH = Words(
    numbers=parts("""
        1: yksi yhden yhtä yhdeksi
        2: kaksi kahden kahta kaks kahdeksi
        3: kolme kolmen kolmea kolmeksi
        4: neljä neljän neljää neljäksi
        5: viisi viiden viittä viis viideksi
        6: kuusi kuuden kuutta kuus kuudeksi
        7: seitsemän seitsemää seitsemäksi
        8: kahdeksan kahdeksaa
        9: yhdeksän yhdeksää yheksän
        10: kymmenen kymmentä
        +: toista
        *: kymmentä
        100: sata sataa sadan
        1000: tuhat tuhatta tuhannen
    """),
    ordinals=rows("""
        1: ensimmäinen ensimmäisenä
        2: toinen toisena
        3: kolmas kolmantena kolmatta
        4: neljäs neljäntenä neljättä
        5: viides viidentenä viidettä
        6: kuudes kuudentena kuudetta
        7: seitsemäs seitsemäntenä
        8: kahdeksas kahdeksantena
        9: yhdeksäs yhdeksäntenä
        10: kymmenes kymmenentenä
        11: yhdestoista yhdentenätoista
        12: kahdestoista kahdentenatoista
        13: kolmastoista kolmantenatoista
        14: neljästoista neljäntenätoista
        15: viidestoista viidentenätoista
        16: kuudestoista kuudentenatoista
        17: seitsemästoista seitsemäntenätoista
        18: kahdeksastoista kahdeksantenatoista
        19: yhdeksästoista yhdeksäntenätoista
        20: kahdeskymmenes kahdentenakymmenentenä
        21: kahdeskymmenesensimmäinen kahdeskymmenesyhdes
        22: kahdeskymmenestoinen kahdeskymmeneskahdes
        23: kahdeskymmeneskolmas
        24: kahdeskymmenesneljäs
        25: kahdeskymmenesviides
        26: kahdeskymmeneskuudes
        27: kahdeskymmenesseitsemäs
        28: kahdeskymmeneskahdeksas
        29: kahdeskymmenesyhdeksäs
        30: kolmaskymmenes
        31: kolmaskymmenesensimmäinen
    """),
    joined="ja",
    half="ja_puoli ja_puol",
    cents="senttiä sentti",
    months=(
        "tammiku*",
        "helmiku*",
        "maalisku*",
        "huhtiku*",
        "toukoku*",
        "kesäku*",
        "heinäku*",
        "eloku*",
        "syysku*",
        "lokaku*",
        "marrasku*",
        "jouluku*",
    ),
    weekdays=(
        "maanantai* ma",
        "tiistai* ti",
        "keskiviikko* keskiviikon* ke",
        "torstai* to",
        "perjantai* pe",
        "lauantai*",
        "sunnuntai*",
    ),
    days=rows("""
        0: tänään
        1: huomenna huomiseksi huomiseen
        2: ylihuomenna
    """),
    day_pattern=r"\.?\s?päivä\w{0,4}",
    next_week="ensi_viiko* ensi_viikko* seuraavalla_viikolla",
    this_week="tällä_viikolla",
    until_before="viimeistään ennen",
    until_after="mennessä asti saakka",
    until_ending_pattern=r"(?:ksi|iin|hin)$",
    clock_pattern=r"(?:klo|kello|kl)\.?\s{0,2}",
    hour_pattern=r"(?!)",
    noon="keskipäiv* puoliltapäivin",
    units=rows("""
        H: tunti tuntia tunnin tunnissa
        D: päivä päivää päivän päivässä päiväksi
        B: arkipäivä arkipäivää arkipäivän arkipäivässä työpäivää työpäivän
        W: viikko viikkoa viikon viikossa
        M: kuukausi kuukautta kuukauden kuukaudessa
        Y: vuosi vuotta vuoden vuodessa
        N: minuutti minuuttia minuutin min
    """),
    things=rows("""
        voucher: lahjakort* kupon* etukood* bonus*
        discount: alennus alennuksen alennusta
        refund: palautus palautuksen palautamme palautetaan palauta korvaus korvataan korvaamme korvauksen hyvitys
            hyvityksen
            tilille tilillä tililläsi tilillänne rahat raha rahaa maksamme maksu saatte varausmaksu sulle_tulee
            palautukset
        price: hinta hinnan purkumaksu omavastuu lasku laskun maksaa korko viivästysmaksu
        call: soitan soittaa soitto puhelu soitamme
        reply: vastaan vastaamme vastaus päätös päätöksen viesti ilmoitan
        visit: asentaja* huoltaja* huoltomies* käynti
        departure: juna junan bussi bussin lähtee vuoro lento raiteelta
        delivery: toimitus toimituksen toimitetaan paketti paketin lähetti lähetys sohva sänky tulee_perille saapuu
            tulee
        repair: korjaus korjauksen korjaamo* huolto huollon valmis
        return: palautusaika palautusaikaa palautusoikeus palauttaa
        booking: varaus varauksen varausta lippu liput lippuja huone huoneen pöytä pöydän
        membership: jäsenyy* sopimu* tilaus tilauksen liittymä*
        appointment: vastaanot* ajanvarau* resepti* lääkkee* lääke
        meter: mittari* lukema* kulutus*
        warranty: takuu takuun takuuta
        outage: katko katkon sähköposti posti
        car: sijaisauto sijaisauton
        speed: nopeus nopeuden
        opening: auki avoinna suljettu
    """),
    money="palaut* korva* hyvit* maks* tulee rahat summa saatte tuo",
    more="lisäksi vielä myös yhteensä",
    handles="hoitaa hoidan käsittelijä* käsittelee vastaa_asia* vastuussa",
    calls="soittaa kirjoittaa",
    because="""
        seurausta johdosta syynä viivästy* peruttiin peruuntui myöhässä koska siksi johtuu johtui syy vuoksi takia
        sillä tukki aiheutti
    """,
    causes=rows("""
        weather: lumi lumen lumisa* myrsk* sää sään jää tulva* ukkonen ukkos* sumu
        courier: kuljetus* kuski kuljettaja*
        technical: putkirikko* putki vuoto vuodon laite laitteen moottori* vika vian tekni* häiriö* rikki hajosi
            järjestelm* virhe huolto huollosta laitevi*
        rotation: kaluston kierro*
        stock: varasto* loppu loppui varastosta inventaario*
        customs: tulli tullissa tullin
        payment: maksuyhte* katetta kate maksu
        bank: pankin_virhe*
        attack: palvelunestohyökkäy*
        planned: suunnitel*
        staff: miehistö* lentäjä* lääkäri* ohjaaja* sairas* sairau* kuume* loma henkilökun*
        customer: annoit_väärän syötit sinun_virhe itse_valitsit väärän_osoitteen
        supplier: toimittaja* valmistaj* varaosa*
        strike: lakko lakon lakosta
        demand: kysyntä* ruuhka*
        merchant: kauppias kauppiaan myyjä*
        traffic: onnettomuus* kolari* liikenne*
    """),
    rules=rows("""
        refund:yes: palautamme rahat_palautetaan palautetaan saat_rahat maksamme_takaisin korvataan_koko
        refund:no: ei_palauteta rahaa_ei ei_hyvitetä emme_palauta ei_korvata
        free:yes: maksutta ilmaiseksi ilmainen maksuton
        free:no: ei_ole_ilmai* maksullinen
        covered:yes: takuu_kattaa takuu_on_voimassa kuuluu_takuu*
        covered:no: takuu_ei ei_kuulu_takuu* takuu_on_umpeutu*
        accepted:yes: hyväksyttiin on_hyväksytty
        accepted:no: on_hylätty hylättiin
    """),
    promises=rows("""
        call: soitan soitamme soittaa
        write: kirjoitan kirjoitamme vastaan vastaamme ilmoitan ilmoitamme
        send: lähetän lähetämme
        refund: palautan palautamme hyvitän hyvitämme korvaamme maksamme palautetaan
        replace: vaihdan vaihdamme korvaamme_uudella
        repair: korjaamme korjaan_sen
        discount: annan_alennusta annamme_alennusta etukood*
    """),
    admits="""
        väärän_summan väärin erehdyin erehdyimme korjaan_edelli* oikea_summa oikea_syy oikea_purkumaksu
        sanoin_väärin mun_moka oma_mokani todellisuudessa
        tilalla sijaan sijasta joten_soitan oikaisen
    """,
    missed="petin enkä_pitänyt en_pitänyt uusi_päivä uus_päivä uusi_aika uus_aika myöhästyi",
)
