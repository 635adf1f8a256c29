"""What TeX's commands look like in Unicode. PURE: nothing but tables; the reader beside them uses them.

Names and meanings are those of LaTeX and amsmath (S. Pakin, The Comprehensive LaTeX Symbol List), with the few macros that
astronomers share (AASTeX). Letters in script, fraktur or bold stay plain letters: they say the same, and every font has them.
"""

from __future__ import annotations

_GREEK = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu "
    "ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω "
    "Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω upmu μ upalpha α upbeta β upgamma γ"
)
_LETTERS = (
    "ss ß ae æ AE Æ oe œ OE Œ o ø O Ø l ł L Ł aa å AA Å i ı j ȷ dh ð DH Ð th þ TH Þ dj đ DJ Đ ng ŋ NG Ŋ imath ı jmath ȷ ell "
    "ℓ hbar ℏ hslash ℏ Re ℜ Im ℑ aleph ℵ wp ℘ eth ð"
)
_MARKS = (
    "textbackslash \\ textasciitilde ~ textasciicircum ^ textunderscore _ textdollar $ textgreater > textless < textbar | "
    "textendash – textemdash — textquoteleft ‘ textquoteright ’ textquotedblleft “ textquotedblright ” ldots … dots … cdots "
    "⋯ dotsc … dotsb ⋯ vdots ⋮ ddots ⋱ textellipsis … S § P ¶ copyright © textcopyright © textregistered ® texttrademark ™ "
    "pounds £ textsterling £ euro € texteuro € textdegree ° degree ° degr ° deg ° dag † ddag ‡ dagger † ddagger ‡ "
    "textbullet • item • bullet • checkmark ✓ cmark ✓ xmark ✗ prime ′ arcsec ″ arcmin ′ textmu µ textperiodcentered · "
    "guillemotleft « guillemotright » LaTeX LaTeX TeX TeX lbrace { rbrace } backslash \\ colon : lq ‘ rq ’ flat ♭ sharp ♯ "
    "natural ♮ faGithub GitHub"
)
_MATHS = (
    "infty ∞ partial ∂ nabla ∇ forall ∀ exists ∃ nexists ∄ emptyset ∅ varnothing ∅ top ⊤ bot ⊥ angle ∠ triangle △ square □ "
    "Box □ star ⋆ bigstar ★ ast * circ ∘ cdot · bigcirc ◯ diamond ⋄ Diamond ◇ blacksquare ■ sum ∑ prod ∏ coprod ∐ int ∫ "
    "iint ∬ iiint ∭ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigvee ⋁ bigwedge ⋀ neg ¬ lnot ¬ odot ⊙ surd √ langle ⟨ "
    "rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ vert | Vert ‖ lvert | rvert | lVert ‖ rVert ‖ Msun M☉ msun M☉ Lsun L☉ lsun "
    "L☉ Rsun R☉ rsun R☉ Zsun Z☉ sun ☉ earth ⊕ micron μm Mpc Mpc kpc kpc kms km/s hearts ♥ spadesuit ♠ heartsuit ♥ mho ℧ "
    "oslash ⊘ complement ∁ Finv Ⅎ beth ℶ gimel ℷ diameter ⌀ permil ‰ textperthousand ‰ perthousand ‰"
)
# Relations and binary operators: TeX sets a space on both sides of them, or on neither.
_RELATIONS = (
    "leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ leqslant ≤ geqslant ≥ ll ≪ gg ≫ lll ⋘ ggg ⋙ lesssim ≲ gtrsim ≳ lessim ≲ lessapprox ⪅ "
    "gtrapprox ⪆ sim ∼ simeq ≃ approx ≈ cong ≅ equiv ≡ propto ∝ asymp ≍ doteq ≐ triangleq ≜ coloneqq ≔ in ∈ notin ∉ ni ∋ "
    "subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ subsetneq ⊊ supsetneq ⊋ sqsubseteq ⊑ prec ≺ succ ≻ preceq ⪯ succeq ⪰ perp ⊥ "
    "parallel ∥ mid ∣ nmid ∤ models ⊨ vdash ⊢ dashv ⊣ to → rightarrow → leftarrow ← gets ← leftrightarrow ↔ Rightarrow ⇒ "
    "Leftarrow ⇐ Leftrightarrow ⇔ implies ⟹ impliedby ⟸ iff ⟺ longrightarrow ⟶ longleftarrow ⟵ longleftrightarrow ⟷ mapsto "
    "↦ longmapsto ⟼ hookrightarrow ↪ uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ nearrow ↗ searrow ↘ swarrow "
    "↙ nwarrow ↖ rightsquigarrow ⇝ leadsto ⇝ rightleftharpoons ⇌ nrightarrow ↛ nleftarrow ↚ textrightarrow → textleftarrow "
    "← xrightarrow → times × div ÷ pm ± mp ∓ cup ∪ cap ∩ setminus ∖ smallsetminus ∖ wedge ∧ land ∧ vee ∨ lor ∨ oplus ⊕ "
    "ominus ⊖ otimes ⊗ ltimes ⋉ rtimes ⋊ bowtie ⋈ uplus ⊎ sqcup ⊔ sqcap ⊓ amalg ⨿ dagger † gtreqless ⋛ lessgtr ≶ "
    "vartriangleleft ⊲ trianglelefteq ⊴ because ∵ therefore ∴"
)


def _table(words: str) -> dict[str, str]:
    each = words.split()
    return dict(zip(each[::2], each[1::2], strict=True))


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


RELATIONS = _table(_RELATIONS)
SYMBOLS = _table(_GREEK) | _table(_LETTERS) | _table(_MARKS) | _table(_MATHS) | RELATIONS

#: Functions that stand as words with space around them.
OPERATORS = _names(
    "arccos arcsin arctan arg argmax argmin cos cosh cot coth csc det diag dim erf exp gcd hom id inf ker lg lim liminf "
    "limsup ln log max min mod Pr rank sec sgn sin sinh softmax span sup tan tanh tr"
)

#: Accents, written before their letter: the combining mark that follows it in Unicode.
ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307", '"': "\u0308",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "r": "\u030a", "c": "\u0327", "k": "\u0328", "d": "\u0323", "b": "\u0331",
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "wt": "\u0303", "bar": "\u0304",
    "overline": "\u0305", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c", "breve": "\u0306",
    "acute": "\u0301", "grave": "\u0300", "mathring": "\u030a",
}  # fmt: skip

#: Switches of font, size or spacing, that say nothing: they vanish with the space after them.
SILENT = _names(
    "rm it bf sf tt sc sl em cal normalfont bfseries itshape scshape ttfamily rmfamily sffamily mdseries upshape boldmath "
    "unboldmath tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge displaystyle textstyle "
    "scriptstyle scriptscriptstyle noindent indent par newline linebreak allowbreak nobreak protect relax limits nolimits "
    "nonumber centering maketitle smallskip medskip bigskip hfill vfill left right middle big Big bigg Bigg bigl bigr Bigl "
    "Bigr biggl biggr bigm xspace ensuremath and strut unskip ignorespaces smash"
)

#: Commands that stand for a space.
SPACES = _names("quad qquad thinspace enspace enskip space hskip nobreakspace hphantom phantom")

#: Commands whose first argument is a colour, a name or a length: it says nothing to a reader.
SKIPS_FIRST = _names("color textcolor label hspace vspace begin end require hyperref vskip rule raisebox hypertarget colorbox")

#: Commands that wrap what a reader should see; unknown commands with an argument are treated alike.
WRAPPERS = _names(
    "textbf textit texttt textsc textsf textsl textrm textup textmd textnormal text emph mbox hbox fbox underline uline "
    "uwave mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathbb mathbbm boldsymbol bm pmb operatorname mathop "
    "mathbin mathrel mathord mathnormal enquote url path ac acs acl acp acf acem acrshort acrlong gls glspl underbrace "
    "overbrace lowercase uppercase textsubscript textsuperscript ch ce"
)

BLACKBOARD = _table("R ℝ Z ℤ N ℕ C ℂ Q ℚ P ℙ H ℍ")

SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
        strict=True,
    )
)
SUBSCRIPTS = dict(
    zip("0123456789+-−=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
