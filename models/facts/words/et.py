"""Estonian."""

from models.facts.words.table import Words, parts, rows

ESTONIAN = Words(
    numbers=parts("""
        1: üks ühe üht üheks
        2: kaks kahe kaht kaheks
        3: kolm kolme kolmeks
        4: neli nelja neljaks
        5: viis viie viit viieks
        6: kuus kuue kuut kuueks
        7: seitse seitsme seitset seitsmeks
        8: kaheksa
        9: üheksa
        10: kümme kümne
        +: teist teistkümmend teistkümne
        *: kümmend kümne
        100: sada saja sadat
        1000: tuhat tuhande
    """),
    ordinals=rows("""
        1: esimesel esimeseks
        2: teisel teiseks
        3: kolmanda kolmandal kolmandaks
        4: neljanda neljandal neljandaks
        5: viienda viiendal viiendaks
        6: kuuenda kuuendal kuuendaks
        7: seitsmenda seitsmendal seitsmendaks
        8: kaheksandal kaheksandaks
        9: üheksandal üheksandaks
        10: kümnendal kümnendaks
        11: üheteistkümnenda*
        12: kaheteistkümnenda*
        13: kolmeteistkümnenda*
        14: neljateistkümnenda*
        15: viieteistkümnenda*
        16: kuueteistkümnenda*
        17: seitsmeteistkümnenda*
        18: kaheksateistkümnenda*
        19: üheksateistkümnenda*
        20: kahekümnenda*
        21: kahekümne_esimes*
        22: kahekümne_teise*
        23: kahekümne_kolmanda*
        24: kahekümne_neljanda*
        25: kahekümne_viienda*
        26: kahekümne_kuuenda*
        27: kahekümne_seitsmenda*
        28: kahekümne_kaheksanda*
        29: kahekümne_üheksanda*
        30: kolmekümnenda*
        31: kolmekümne_esimes*
    """),
    joined="ja",
    half="ja_pool",
    cents="senti sent",
    months=(
        "jaanuar* jaan",
        "veebruar* veebr",
        "märts*",
        "aprill* apr",
        "mai mail mais maini maiks",
        "juuni juunil juunis juuniks juunini",
        "juuli juulil juulis juuliks juulini",
        "august* aug",
        "septemb* sept",
        "oktoob* okt",
        "novemb* nov",
        "detsemb* dets",
    ),
    weekdays=(
        "esmaspäev*",
        "teisipäev*",
        "kolmapäev*",
        "neljapäev*",
        "reede reedel reedeks reedet reedeni reedene",
        "laupäev*",
        "pühapäev*",
    ),
    days=rows("""
        0: täna tänaseks
        1: homme homseks homse
        2: ülehomme ülehomseks
    """),
    day_pattern=r"-?nda\w{0,3}|\.?\s?kuupäev\w{0,4}",
    next_week="järgmi*_nädal* uu*_nädal* tuleva*_nädal*",
    this_week="sel_nädalal selle_nädala*",
    until_before="hiljemalt kuni enne",
    until_after="",
    until_ending_pattern=r"(?:ks|ni)$",
    clock_pattern=r"kella?\s{0,2}",
    hour_pattern=r"-?(?:ks|st|ni|ne)(?!\w)",
    noon="keskpäeva* keskpäev",
    units=rows("""
        H: tund tunni tundi tunniga
        D: päev päeva päevaks päevane päevaga
        B: tööpäev tööpäeva tööpäevaga
        W: nädal nädala nädalat nädalaks nädalaga
        M: kuu kuud kuuks kuuga kuuline kuulise
        Y: aasta aastat aastaks aastane aastase
        N: minut minuti minutit min
    """),
    things=rows("""
        voucher: kinkekaar* kupong* vautšer* poekredii* boonus*
        discount: allahindlus* soodustus* sooduskood*
        refund: tagasta tagastame tagastan tagastatav* tagastatakse raha rahad tagasima* tagasi_maks* makse kanne
            kande kanname
            kannan kantakse ülekan* hüvit* kompens* tagatisra* deposii* kontol kontole laeku* läheb_tagasi maksame
            piletira*
        price: hind hinna hinda tasu tasud intress intressi kuutasu arve arvet teenustasu* leppetrahv* omavastu*
            viivis*
        call: helistan helistab helistame kõne kõnet
        reply: vasta vastan vastame vastus vastab vastuse kirjutan kirjutame otsus otsuse selgus*
        visit: meister* tehnik* montöör* visiit*
        departure: rong rongi buss bussi asendusbuss* asendusbus* väljub väljumi* lend lennu lendab järgmine praam*
        delivery: pakk paki pakki kuller kulleri tarne tarnitakse saadetis* kaup kauba kohale ukse_taga kättetoimet*
            saabub jõuab voodi kapp diivan
        repair: remont remondi parandus* paranda* töökoja* töökoda auto valmis valmib
        return: tagastamine tagastamise tagastust tagastada
        warranty: garantii garantiid garantiiaeg pretensioon*
        validity: kehtib kehtis kehtivad kehtivus*
        opening: avatud lahti suletud
        booking: broneering* broneeri* pilet pileti piletid tuba toa laud laua
        membership: liikmelisus* paket* lepingu leping liitumi*
        appointment: aeg_arsti vastuvõt* visiidi ravim* retsept*
        meter: näit näidu arvesti* tarbimi*
        power: katkestus* vool voolu vesi vee
    """),
    money="tagasi tagast* maks* kann* summa* hüvit* kulu* raha",
    more="lisaks veel juurde lisan kokku kokkuvõttes ühtekokku",
    handles="ajab ajan tegeleb tegelen vastutab lahendab haldab menetleb vaatab_läbi",
    calls="helistab kirjutab",
    because="""
        sest kuna tõttu põhjus* põhjustas tulenes tuleb_sellest tingi* seisab_kinni seisis_kinni on_kinni
        jäi_kinni seoses
        selle_taga süüdi hilineb hilines hilinemi* viibib viibis viivit* jäi_ära jääb_ära tühistati tühistasime katkes
    """,
    causes=rows("""
        weather: torm tormi tormis tormist lumi lume lumesa* jäiste jäiti* tuisk tuisu ilm ilma ilmaolud*
            ilmastik* üleujutus*
            udu äike äikese pakase* lörts lörtsi
        courier: kulleri kuller vedaja*
        technical: rike rikke rikki katki süsteemi* süsteemiv* arvutivi* tarkvara* rehv tehnili* serveri*
            elektrikatkest* tõrge
            tõrke leke lekke lõhkes toru torus torud katel katla seade seadme mootor* rattad viga_tarkvara*
        stock: ladu lao laos laoseis* laovi* inventuur* laost otsas
        customs: toll tollis tolli tollivormist*
        payment: maksesüsteem* makseviga panga
        staff: haige haigest* haigus* puhkus* inimesi_puudu tööjõu* meeskon* piloot* piloodi* arst arsti treener
            treeneri töötajate*
        customer: sina_panid teie_panite sa_panid sisestasite sisestasid vale_sihtnumbri vale_aadress* te_ise sa_ise
        supplier: tarnija* tootja* varuosa* hankija*
        strike: streik streigi*
        demand: nõudlus* suur_huvi tipphooaeg* tellimuste_rohk*
        merchant: kaupmehe* kaupmees*
        traffic: ummik* liiklus* avarii* liiklusõnnet*
    """),
    rules=rows("""
        refund:yes: saate_*_raha raha_kantakse* raha_tagastatakse tagastame_*_raha kanname_*_raha saad_raha_tagasi
            saate_raha_tagasi saate_*_piletiraha_tagasi hüvitame_* tagastame_* maksame_*_tagasi
        refund:no: raha_me_tagasi_ei raha_tagasi_ei raha_*_ei_tagasta ei_tagasta raha_ei_tagastata me_raha_ei
            ei_hüvita
            ei_hüvitata ei_kuulu_hüvitamisele raha_ei_saa
        free:yes: tasuta
        free:no: ei_ole_tasuta pole_tasuta
        covered:yes: garantii_kehtib kehtib_garantii garantii_katab katab_garantii
        covered:no: garantii_ei ei_kuulu_garantii* garantii_alla_ei pole_garantii* ei_kata
        accepted:yes: kaebus_rahuldat* heaks_kiid* avaldus_rahuldat*
        accepted:no: lükkasime_tagasi lükat*_tagasi tagasi_lükat* ei_rahuldat*
    """),
    promises=rows("""
        call: helistan helistame helistab helistatakse
        write: kirjutan kirjutame kirjutab vastan vastame vastab teatan teatame anname_teada annan_teada
        send: saadan saadame saadab saadetakse
        refund: tagastan tagastame kannan kanname hüvitan hüvitame tagastatakse kantakse maksame
        replace: vahetan vahetame asendan asendame
        repair: parandan parandame remondime
        discount: teen_soodustus* teeme_soodustus* teeme_allahindlus* sooduskood*
    """),
    admits="""
        ekslikult eksisin eksisime eksitasin oli_vale oli_viga ei_olnud_õige polnud_õige ei_pidanud_paika tegelikult
        õige_summa parandan_oma parandan_eelmi* ajasin_segi asemel ütlesin_valesti korrigeerin
        valesti_öel* minu_viga meie_viga ümber_*_muut* eelmine_*_vale
    """,
    missed="""
        ei_pidanud_sõna ja_ei_pidanud ei_pidanud uus_aeg uus_kell uus_tähtaeg uus_ja_kindel uus_päev
        läks_meil_metsa läks_metsa
        tulemata
    """,
)
