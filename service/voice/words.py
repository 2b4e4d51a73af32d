"""The words around a verb of saying: who may speak, what may be felt, and what names nobody."""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(words.split())


PERSONS = word_set(
    """activist activists admiral admirals adviser advisers advisor advisors advocates aide aides allies ambassador ambassadors analyst analysts author authors banker
bankers blogger bloggers boss broker brokers businessman businessmen campaigner campaigners candidate candidates captain captains chair chairman chairwoman chancellor
chief chiefs cleric clerics colleague colleagues colonel columnist columnists commander commanders commentator commentators congressman congresswoman conservatives
consultant consultants correspondent counterpart critic critics delegate delegates democrats deputies deputy detractors diplomat diplomats director directors dissident
dissidents economist economists editor editors engineer engineers envoy envoys essayist executive executives exile exiles expert experts exporter exporters families
farmer farmers fellow fellows fm general generals governor governors hardliners head historian historians host imam importer importers insider insiders inspector inspectors
interviewee interviewees interviewer investigator investigators journalist journalists judges lawmaker lawmakers lawyer lawyers leader leaders legislator legislators man
manager managers mayor minister ministers mp mps negotiator negotiators observer observers officer officers official officials opponents participant participants people
pilot pilots planner planners pm pollsters premier premiers president presidents priest professor professors prosecutor prosecutors pundit pundits rapporteur readers rector
reformers reformists reporter reporters representative representatives republicans researcher researchers resident residents respondents sceptics scholar scholars
scientist scientists secretary senator senators shipper shippers skeptics source sources speaker specialists spokesman spokesmen spokesperson spokeswoman strategist
strategists student students supporters survivors trader traders undersecretary veteran voters witness witnesses woman writer writers"""
)
BODIES = word_set(
    """administration agencies agency alliance army authorities authority bloc blog broadcaster bulletin bureau center centre chamber channel command commission committee
company council court daily delegation department duma embassy foundation government governments institute intelligence journal kremlin magazine media mfa ministries
ministry navy newsletter newspaper newspapers office opposition outlet outlets panel paper papers parliament party pentagon police portal press service tabloid team
think-tank thinktank trackers treasury union website weekly"""
)
WRITINGS = word_set(
    """address analyses analysis article articles assessment assessments column communique communiqué data document documents editorial essay figures interview letter memo
op-ed poll polls readout report reports review speech statement studies study survey surveys testimony transcript"""
)
FEELINGS = word_set(
    """adamant afraid alarmed angry anxious bitter confident convinced delighted disappointed dismayed frustrated furious grateful hopeful impressed nervous optimistic
outraged pessimistic pleased resentful satisfied sceptical skeptical sure uneasy unimpressed upset wary worried"""
)
REACTIONS = word_set(
    """alarm anger complaints concern concerns condemnation criticism dismay fear fears fury objection objections outrage protest protests questions unease worries worry"""
)
REPORTED = word_set("allegedly purportedly reportedly")
OPINIONS = word_set("account assessment estimate estimation eyes judgement judgment opinion parlance phrase reading reckoning telling view views words")
RUBRICS = word_set(
    """analysis background breaking caption chart check column comment commentary corrected correction explainer exclusive fact facts feature figure gallery infographic
interview live map note obituary opinion part partners photo photograph photos podcast profile quiz review series special table timeline transcript update updates video
videos watch"""
)
"""Before a colon or behind a dash these name a kind of text and nobody who speaks."""

TITLES = word_set("mr mr. mrs mrs. ms ms. dr dr. sen sen. rep rep. gen gen. col col. prof prof. sir lord lady ayatollah sheikh crown prince king queen pope")
PLACES = word_set(
    """afghanistan africa america armenia asia astana azerbaijan belarus brics bushehr caspian caucasus china corridor eaeu east eu europe geneva georgia idlib india iran
iraq israel kazakhstan lebanon libya middle nato opec opec+ pakistan qatar russia sochi syria tajikistan turkey turkmenistan türkiye uae uk ukraine un us usa uzbekistan
venezuela vienna yemen"""
)
"""Topics of headlines: alone before a colon they name what it is about, not who speaks."""

NATIONALS = word_set(
    """afghan algerian american arab argentine australian austrian armenian azerbaijani azeri belarusian bolivian bosnian
brazilian british bulgarian canadian chinese croatian cuban cypriot czech danish dutch egyptian emirati estonian ethiopian european finnish french georgian german greek
hungarian indian indonesian iranian iraqi irish israeli italian japanese jordanian kazakh korean kurdish latvian libyan lithuanian malaysian mexican moldovan moroccan
nicaraguan norwegian persian romanian serbian slovak spanish sudanese swedish swiss taiwanese tajik tunisian venezuelan vietnamese
kuwaiti lebanese omani pakistani palestinian polish qatari russian shia soviet sunni syrian tatar turkish turkmen ukrainian uzbek western yemeni zionist"""
)
CALENDAR = word_set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december jan feb aug sept sep oct nov
dec mon tue wed thu fri sat sun"""
)
PRONOUNS = word_set("he she they we i who")
BE = word_set("is are was were be been being am get gets got")
FEELS = word_set("remain remains remained grow grows grew grown become becomes became feel feels felt sound sounds sounded")
AUXILIARY = word_set(
    "again already also always can could did do does earlier even had has have just later long may might must never not now often once only should still then will would"
)
DETERMINERS = word_set("a an any each every her his its my no of our some that the their these this those your")
COMMON = word_set(
    """about according across after against all although amid among and another around as asked at because before between both but by despite during each everybody everyone
few first for former from here her him his how if in into it its last like many more most much neither new next nobody none nor on one onto or other others over own per
second since so someone speaking such than their them there third though three through to today tomorrow toward towards two under unlike until up upon us via what when
where whereas which while whom whose why with within without yesterday yet you"""
)
