"""Words that say nothing about what a post is about, as base forms, in the four languages."""

_ESTONIAN = """
aga ainult alati alla and edasi ega ehk ei enam enda enne et hakkama hea ikka ilma ise isegi ja jah jaoks jooksul juba
juurde järgi järel jääma ka kas kell keegi keha kes kogu kohta koht kokku kolm koos kui kuidas kuigi kuni kus kuskil
küll läbi lihtsalt ma me meie mida midagi miks mina mingi minema mis miski mitte mitu mõni muidu muu nad need nii
niisugune niimoodi ning nüüd oh olema oma on ometi pea peal peale pealt pidama pool pole praegu päris pärast saama sa
sama samuti see seega seejuures sees selline sellepärast siin siis siiski sina sinna suur ta tagasi taha te tegema
teie teine tema temake tulema tundma tõesti tõttu väga vaid vaja vastu veel vist võtma võib võima või väike üks ühtegi
üldse üle ümber esimene päev aeg aasta täna homme eile nädal tund minut palun aitäh tere
"""
_FINNISH = """
ainoa aika aina alla ehkä ei eikä eli emme en enemmän ennen enää esim et ette että he hei hyvin hyvä hän ihan ilman
itse ja jo joka jokin jonka joku jopa jos joskus jotta jälkeen kai kaikki kanssa kautta kerran kerta kiitos kohti
koska koskaan kuin kuinka kuitenkin kun kuten kyllä lisää luona läpi me mies mihin mikä mikään milloin minkä minun
minä missä mistä miten mitä mitään moni mukaan muka mutta muu myös ne niin noin nuo nyt näin oikein olla oma ollenkaan
osa paitsi paljon pian pitää pois puoli päivä päälle saada sama sanoa se sekä sen siinä siis siitä silloin sillä sinä
sitten sitä tai takia taas te tehdä tietää toinen tosi tuo tulla tunti tuossa tähän tällainen tämä tänään täytyä uusi
vaan vaikka vain vasta vielä viikko voida vuosi vähän yksi yli ym huomenna eilen moi no niinku oo mä sä
"""
_RUSSIAN = """
а без более больше будто бы быть в вам вас ведь весь вдруг во вообще вот впрочем все всегда всё вы где говорить год да
даже два день для до другой его ее ей если ему ещё еще её же за завтра здесь здравствуйте зачем и из или иметь иногда
их к каждый как какой какой-то когда конечно который кто куда ли лишь лучше между меня минута мне много может можно
мой мочь мы на над надо наконец нас наш не него нее ней нельзя несколько нет неделя ни нибудь никогда ним них ничто
ничего но ну о об один он она они оно опять от очень перед по под пожалуйста после потом потому почему почти при про
просто раз разве с сам сам свой себя сегодня сейчас сказать сколько со совсем спасибо стать так такой там твой тебя
тем теперь то тогда того тоже только том тот три тут ты у уж уже хоть хотеть хороший час чего чей чем через что чтобы
чтоб чуть эта этот это я вчера
"""
_ENGLISH = """
a about above after again against ain't all also always am an and another any anyone anything are aren't around as at
away back be because been before being below between both but by can can't cannot come could couldn't day did didn't
do does doesn't doing don't done down during each even ever every few for from further get give go going good got guy
had hadn't has hasn't have haven't having he hello her here hers hey hi him himself his hour how i if i'm i've in into
is isn't it it's its itself just know last least let like look make many may maybe me might minute more most much must
my myself need never new next no nor not nothing now of off oh ok okay on once one only or other our ours out over own
people please put really right same say see she should shouldn't since so some someone something still such take tell
than thank thanks that that's the their theirs them then there these they thing think this those though three through
time to today tomorrow tonight too try two u under until up ur us use very via want was wasn't way we week well were
weren't what when where which while who whom why will with won't would wouldn't yeah year yes yesterday yet you you're
your yours yourself lol rt amp
"""
STOP_WORDS = frozenset(f"{_ESTONIAN} {_FINNISH} {_RUSSIAN} {_ENGLISH}".split())
"""All four lists together: a text mixes languages, and a word of one list is rarely a content word in another."""
