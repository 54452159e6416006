/** Every file of `messages/way-out/`, which a test compares with the folder. */
import ar from "../../../messages/way-out/ar.json" with { type: "json" };
import bn from "../../../messages/way-out/bn.json" with { type: "json" };
import cs from "../../../messages/way-out/cs.json" with { type: "json" };
import da from "../../../messages/way-out/da.json" with { type: "json" };
import de from "../../../messages/way-out/de.json" with { type: "json" };
import el from "../../../messages/way-out/el.json" with { type: "json" };
import en from "../../../messages/way-out/en.json" with { type: "json" };
import es from "../../../messages/way-out/es.json" with { type: "json" };
import fa from "../../../messages/way-out/fa.json" with { type: "json" };
import fi from "../../../messages/way-out/fi.json" with { type: "json" };
import fr from "../../../messages/way-out/fr.json" with { type: "json" };
import he from "../../../messages/way-out/he.json" with { type: "json" };
import hi from "../../../messages/way-out/hi.json" with { type: "json" };
import hu from "../../../messages/way-out/hu.json" with { type: "json" };
import id from "../../../messages/way-out/id.json" with { type: "json" };
import it from "../../../messages/way-out/it.json" with { type: "json" };
import ja from "../../../messages/way-out/ja.json" with { type: "json" };
import ko from "../../../messages/way-out/ko.json" with { type: "json" };
import ms from "../../../messages/way-out/ms.json" with { type: "json" };
import nb from "../../../messages/way-out/nb.json" with { type: "json" };
import nl from "../../../messages/way-out/nl.json" with { type: "json" };
import pl from "../../../messages/way-out/pl.json" with { type: "json" };
import pt from "../../../messages/way-out/pt.json" with { type: "json" };
import ro from "../../../messages/way-out/ro.json" with { type: "json" };
import ru from "../../../messages/way-out/ru.json" with { type: "json" };
import sv from "../../../messages/way-out/sv.json" with { type: "json" };
import sw from "../../../messages/way-out/sw.json" with { type: "json" };
import th from "../../../messages/way-out/th.json" with { type: "json" };
import tl from "../../../messages/way-out/tl.json" with { type: "json" };
import tr from "../../../messages/way-out/tr.json" with { type: "json" };
import uk from "../../../messages/way-out/uk.json" with { type: "json" };
import ur from "../../../messages/way-out/ur.json" with { type: "json" };
import vi from "../../../messages/way-out/vi.json" with { type: "json" };
import zh from "../../../messages/way-out/zh.json" with { type: "json" };

/** Read and checked in `phrases.ts`. */
export const PHRASE_FILES: readonly unknown[] = [
  ar,
  bn,
  cs,
  da,
  de,
  el,
  en,
  es,
  fa,
  fi,
  fr,
  he,
  hi,
  hu,
  id,
  it,
  ja,
  ko,
  ms,
  nb,
  nl,
  pl,
  pt,
  ro,
  ru,
  sv,
  sw,
  th,
  tl,
  tr,
  uk,
  ur,
  vi,
  zh,
];
