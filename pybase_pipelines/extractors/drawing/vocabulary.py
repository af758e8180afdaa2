"""The words of title blocks, parts lists and revision tables in English, German, French, Italian and Spanish.

What belongs here: words only, one row a field, synonyms apart by "|". What does not: how they are compared (`labels`).
Spelling, accents and punctuation do not matter; umlauts are spelled out.
"""

from __future__ import annotations

TITLE_BLOCK: dict[str, str] = {
    "drawing_number": """
        drawing number | drawing no | drawing nr | drawing num | drawing id | drawing | dwg no | dwg nr | dwg number |
        dwg num | dwg | document number | document no | document nr | doc no | doc number | doc nr | document id |
        identification number | zeichnungsnummer | zeichnungs nr | zeichnung nr | zeichn nr | zchng nr | zg nr |
        zeichnung | dokumentnummer | dokument nr | sachnummer | identnummer | ident nr | numero de plan | no de plan |
        n plan | plan no | plan nr | plan n | planummer | numero dessin | n de dessin | no dessin | numero disegno |
        disegno n | n disegno | disegno | numero de plano | plano n | plano no | n plano | drg no | drg nr |
        drg number | file no | piirustusnumero | piir n o | number | numero | nummer | dwg n | n de plan | id no
    """,
    "part_number": """
        part number | article | part no | part nr | part num | part n | pn | p n | item number | item no |
        article number | article no | artikelnummer | artikel nr | art nr | teilenummer | teile nr | teil nr |
        material number | materialnummer | sach nr | reference | ref piece | n piece | numero de piece | codice |
        codice articolo | referencia | model no | product number | product no | stock no
    """,
    "title": """
        title | drawing title | titel | title of drawing | sheet title | benennung | bezeichnung | description |
        part name | part description | name of part | dwg title | designation | titre | intitule | denomination |
        titolo | descrizione | denominazione | titulo | denominacion | descripcion | document title | drawing name |
        sheet name | product name | component | assembly | subject | content | inhalt | planinhalt | bauteil |
        board name | board | desc | part
    """,
    "revision": """
        revision | rev | rev no | rev nr | revision no | revision number | revision nr | issue | issue no |
        aenderungsindex | index | aenderung | aend index | revisionsstand | rev index | indice | ind |
        indice de revision | revisione | rev letter | version | rev level | ausgabe | aend | revision code | rev code
        | ver | current revision | dwg rev | sheet rev | edition | ed | indice rev | rev ind
    """,
    "date": """
        date | dated | datum | drawn date | date drawn | creation date | date created | created on | issue date |
        date of issue | ausgabedatum | erstelldatum | data | fecha | date de creation | drawing date | erstellt am |
        gez datum | gezeichnet am | release date | date d emission | date demission | paivays | pvm | rev date |
        revision date | last modified | dwg date | date dessin | plot date | datum gez
    """,
    "author": """
        author | drawn by | drawn | drn | drn by | dwn | dwn by | drawn name | created by | creator | designed by |
        designer | design by | des by | designed | dsn | drafted by | drafter | draftsman | drftr | gez | gezeichnet |
        gezeichnet von | ersteller | erstellt | erstellt von | bearbeiter | bearbeitet | bearb | verfasser |
        konstrukteur | dessine par | dessine | dessinateur | auteur | etabli par | cree par | disegnato | disegnato da
        | disegnatore | dibujado | dibujado por | dibujo | autor | engineer | drawn engineer | originator |
        prepared by | prepared | entworfen | piirtanyt | piirt | suunn
    """,
    "checked_by": """
        checked by | ckd | chkd by | chckd | checked | chk | chkd | chk d | chk by | check | checker | geprueft | gepr
        | geprueft von | gepr von | pruefer | kontrolliert | verifie | verifie par | controle par | controllato |
        controllato da | verificato | verificado | revisado | revisado por | comprobado | reviewed by | reviewed |
        reviewer | verified by | verified | tarkastanut | tark | checked name | ckd by
    """,
    "approved_by": """
        approved by | appvd | appv | apprd | appvd by | approved | appr | appd | app d | app | apprvd | apvd |
        approval | approver | approved name | genehmigt | genehm | genehmigt von | freigegeben | freigabe |
        freigegeben von | approuve | approuve par | approvato | approvato da | aprobado | aprobado por | eng appr |
        eng approval | released by | released | hyvaksynyt | hyv | autorise par | valide par | validated by
    """,
    "company": """
        company | company name | firm | firma | organization | organisation | legal owner | owner | eigentuemer |
        unternehmen | societe | entreprise | azienda | empresa | ditta | proprietaire | proprieta | contractor |
        manufacturer | hersteller | design authority | design office | architect | studio
    """,
    "project": """
        project | project name | project title | projekt | projektname | bauvorhaben | projet | progetto | proyecto |
        project no | project nr | project number | job | job no | job name | job number | projekt nr | projektnummer |
        affaire | commessa | proj | objekt | program | programme | contract no | order no | auftrag | auftrags nr |
        auftragsnummer | kommission | obra | rakennuskohde | kohde
    """,
    "scale": """
        scale | massstab | mst | echelle | ech | scala | escala | view scale | drawing scale | mittakaava | dwg scale
        | plot scale
    """,
    "sheet": """
        sheet | sheet no | sheet nr | sheet number | sheet of | sht | sht no | page | blatt | blatt nr | blattnummer |
        blatt von | folio | feuille | feuillet | planche | foglio | hoja | seite | pagina | page no | page number |
        lehti | sheet num | sh | sheet of sheets | sheet number of sheets
    """,
    "size": """
        size | sheet size | paper size | drawing size | format | blattformat | blattgroesse | papierformat | formato |
        dwg size | zeichnungsformat | taille | paper | sz
    """,
    "units": """
        units | unit | dimensions in | dimensions are in | all dimensions in | all dimensions are in |
        unless otherwise specified dimensions are in | einheit | einheiten | masse in | alle masse in | unites | unite
        | cotes en | dimensions en | unita | unita di misura | unidades | cotas en | dims in | all dims in |
        drawing units | unit of measure
    """,
    "material": """
        part material | material | mat | matl | mat l | werkstoff | matiere | materiau | matériau | materiale |
        halbzeug | rohteil | werkstoff halbzeug | material specification | raw material | stock | materials
    """,
    "finish": """
        finish | surface finish | surface treatment | treatment | finishing | oberflaeche | oberflaechenbehandlung |
        oberflaechenschutz | coating | beschichtung | surface | traitement | traitement de surface | finition |
        finitura | trattamento | trattamento superficiale | acabado | tratamiento | heat treatment | waermebehandlung
        | colour | color | farbe | protective coating
    """,
    "weight": """
        weight | mass | gewicht | masse | poids | peso | massa | wt | masa | weight kg | mass kg | gewicht kg |
        masse kg | calc weight | net weight | weight g | mass g | est weight | actual weight | poids kg | massa kg |
        peso kg | weight lbs
    """,
    "general_tolerance": """
        general tolerance | general tolerances | tolerances | tolerance | tol | allgemeintoleranz |
        allgemeintoleranzen | allgemeintol | freimasstoleranz | freimasstoleranzen | tolerances generales |
        tolerance generale | tolleranze generali | tolleranza generale | tolerancias generales | tolerancia general |
        untoleranced dimensions | tolerierung | unless otherwise specified tolerances |
        tolerances unless otherwise specified | toleranz | gen tol | default tolerance
    """,
    "projection": """
        projection | projection method | projektion | projektionsmethode | projektionsart | methode de projection |
        proiezione | proyeccion | angle of projection | view projection
    """,
}
"""Labels of the fields that a title block has; the earlier in its row, the more a label is worth."""

WEAK_LABELS = """
    assembly | component | subject | content | board | part | stock | studio | architect | owner | building | level |
    class | group | lot | state | section | location | quality | standard | model | tool | software | edges | linear |
    angular | decimal | fractional | copyright | prototype | inhalt | bauteil | objekt | obra | engineer | designer |
    manufacturer | materials | colour | color | surface | coating | heat treatment | drawing | zeichnung | disegno |
    number | numero | nummer | reference | article | description | data | index | part name | desc | program | mass |
    category | series | application | layers | thickness | layer | status | language | customer | client | cad | ind |
    ed | app | ver | mat | tol | ech | stress | hardness | fax | tel | phone | name | sign | std | norm | comment |
    job
"""
"""Labels that may just as well be a value, or a word in a note: they count only with a colon, or in a cell of a block
that has other labels (see `title_lettering`)."""

OTHER_LABELS = """
    customer | client | kunde | status | document status | document type | dokumentenart | doc type | department |
    abteilung | responsible department | verantwortliche abteilung | technical reference | technische referenz |
    language | sprache | file | file name | filename | dateiname | file path | path | dateipfad | cage code | fscm no
    | quantity | qty | menge | anzahl | stueckzahl | eco | ecn | eco no | ecn no | phone | tel | telefon | fax |
    e mail | email | web | website | url | address | adresse | license | licence | lizenz | copyright | used on |
    next assy | next assembly | application | verwendung | ersatz fuer | ersetzt durch | replaces | replaced by |
    supersedes | superseded by | origin | ursprung | dfr | dwg type | zone | variant | variante | series | category |
    classification | class | serial no | serial number | id | kicad e d a | kicad | tool | software | cad | cad file |
    cad no | comment | comments | remark | remarks | bemerkung | bemerkungen | bemerkung en | notes | note | layer |
    layers | thickness | dicke | hardness | haerte | quality | mfg | mfg appr | q a | qa | stress | norm | standard |
    standardisiert | normgepr | std | edges | kanten | kantenzustand | signature | sign | unterschrift | visa | name |
    nom | nome | nombre | initials | do not scale | do not scale drawing | third angle | first angle | bom no |
    stueckliste | model | modell | modell nr | revisions | location | ort | building | level | geschoss | phase |
    discipline | section | drawn date | checked date | approved date | state | zustand | format scale | kunden nr |
    customer no | customer part no | customer drawing | supplier | lieferant | abteilung verantwortlich | prototype |
    lot | group | gruppe | urspr | ers f | ers d | zul abw | zulaessige abweichung | page size | sheets | blaetter |
    number of sheets | anzahl blaetter | von blatt | no of sheets | angular | linear | fractional | decimal |
    interpret geometric tolerancing per | proprietary and confidential | contact | kontakt | rights |
    copyright reservation | design state | part type | title line 2 | index datum | geprueft datum
"""
"""Labels whose values go to the custom fields, and words that are never a value."""

ATTRIBUTE_TAGS: dict[str, str] = {
    "drawing_number": """
        drawingnumber | drawingno | drawing_no | dwgno | dwgnum | dwgnumber | dwg | drawnum | zeichnungsnr |
        zeichnungsnummer | znr | zeichnr | zeichnungnr | docno | docnumber | doc | documentnumber | zng_nr | drgno |
        nummer | number | no | plannr | plan_no
    """,
    "title": """
        sheetcontent | content | drawingname | title | title1 | titel | titel1 | titre | name1 | benennung |
        benennung1 | bezeichnung | description | desc1 | drawingtitle | sheettitle | dwgtitle | titulo | titolo
    """,
    "author": """
        draw | zeichner | drawnby | drawn | dwnby | drnby | gez | gezname | gez_name | ersteller | bearbeiter | author
        | designer | createdby | drawn_name | dessine
    """,
    "checked_by": """
        check | checkedby | chkby | chkd | checked | gepr | geprname | gepr_name | checkby
    """,
    "approved_by": """
        approvedby | appby | apprby | appd | approved | freig | freigname | freigegeben | genehmigt
    """,
    "date": """
        date | datum | drawndate | dwgdate | gezdatum | gez_dat | gez_datum | createdate | date1 | erstelldatum
    """,
    "sheet": """
        sheet | sheetno | sheetnumber | sht | blatt | blattnr | page | pageno | folio | sheetnum
    """,
    "size": """
        size | format | sheetsize | papersize | dwgsize | blattformat
    """,
    "revision": """
        rev | revno | revision | index | ind | aend | issue | version | revlevel | revcode
    """,
    "company": """
        company | companyname | firma | firm | organization | client_company
    """,
    "project": """
        project | projectname | projekt | projectno | proj | projet | jobno | job
    """,
}
"""Tags of block attributes that are no labels by themselves."""

PARTS_LIST: dict[str, str] = {
    "item": """
        item | item no | item nr | item number | pos | pos no | pos nr | position | no | nr | n | find no |
        find number | itm | balloon | key | ref no | rep | repere | index | marca | pos n | poz | # | id | line |
        line item | teil | mark | marke | lfd nr | ifd nr
    """,
    "quantity": """
        qty | quantity | qnty | quant | qte | quantite | menge | anzahl | stueck | stueckzahl | stk | stck | anz | nb
        | nbre | nombre | q ty | cantidad | cant | quantita | q ta | count | pcs | pieces | qty req | qty reqd | reqd
        | no off | no reqd | number required | amount | kpl | total qty
    """,
    "part_number": """
        part number | part no | part nr | part | pn | p n | part num | partnumber | part n | drawing no |
        drawing number | dwg no | zeichnungsnummer | zeichnungs nr | zeichn nr | sachnummer | sach nr | artikelnummer
        | artikel nr | artikel | art nr | teilenummer | teile nr | ident nr | reference | referenz | ref | code |
        codice | stock no | order number | order code | bestellnummer | bestell nr | best nr | mpn |
        manufacturer part number | mfr part no | mfg part number | manufacturer pn | manufacturer part |
        supplier part number | component | file name | norm | norm zeichnung | sachnummer norm kurzbezeichnung |
        catalog no | cat no | model
    """,
    "description": """
        description | desc | descr | designation | benennung | bezeichnung | beschreibung | title | name | part name |
        nomenclature | denomination | descrizione | denominazione | descripcion | part description | nom | libelle |
        item description | product | component name | teilebezeichnung | benaemnung | gegenstand | article
    """,
    "material": """
        material | mat | matl | mat l | werkstoff | matiere | materiau | materiale | werkstoff halbzeug |
        material specification | materials
    """,
    "unit": """
        unit | uom | einheit | einh | unite | u m | me | units
    """,
    "weight": """
        weight | mass | gewicht | masse | poids | peso | massa | wt | unit weight | weight kg | mass kg | gewicht kg |
        masse kg | gew | gewicht kg stk | total weight | masa
    """,
    "remarks": """
        remarks | remark | notes | note | comment | comments | bemerkung | bemerkungen | remarque | remarques |
        observations | observation | osservazioni | note s | hinweis | anmerkung | details
    """,
}
"""Column headers of parts lists."""

REVISION_TABLE: dict[str, str] = {
    "revision": """
        rev | revision | rev no | rev nr | revision no | issue | iss | index | ind | indice | aenderung | aend |
        aenderungsindex | version | ver | lfd | ltr | sym | letter | zust | zustand | revisione | rev letter | r | ed
        | edition | ausgabe | n rev
    """,
    "date": """
        date | datum | data | fecha | dated | tag | rev date | am
    """,
    "description": """
        description | desc | change | changes | aenderung | aenderungen | aenderungstext | beschreibung | nature |
        modification | modifications | objet | descrizione | descripcion | modifica | details | reason | comment |
        comments | revision description | change description | description of change | remarks | amendment |
        amendments | libelle | revision note | art der aenderung | was geaendert | content | designation
    """,
    "author": """
        by | name | author | drawn | drawn by | rev by | revised by | approved | appr | appd | app | app d |
        approved by | bearb | bearbeiter | gez | auteur | dessine par | par | nom | checked | chk | chkd | signature |
        sign | initials | visa | von | autore | firma | designer | changed by
    """,
    "zone": """
        zone | feld | zona
    """,
}
"""Column headers of revision tables."""
