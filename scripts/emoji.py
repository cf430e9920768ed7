#!/usr/bin/python3
"""Writes src/ui/emoji_table.h: the names that :name: completes to pictures, in order of name.

The names are those that other chats have made usual; each is given here with the Unicode name of its
picture, and Python's Unicode data turn that into a code point. A name that Unicode does not know ends
the script: so no picture can be a wrong one by a mistyped number. Run it from the project's root when
the list changes, and commit what it writes.
"""

import unicodedata

NAMES = """
+1 THUMBS UP SIGN
-1 THUMBS DOWN SIGN
100 HUNDRED POINTS SYMBOL
airplane AIRPLANE
alarm_clock ALARM CLOCK
alien EXTRATERRESTRIAL ALIEN
ambulance AMBULANCE
anchor ANCHOR
angel BABY ANGEL
anger ANGER SYMBOL
angry ANGRY FACE
ant ANT
apple RED APPLE
arrow_down DOWNWARDS BLACK ARROW
arrow_left LEFTWARDS BLACK ARROW
arrow_right BLACK RIGHTWARDS ARROW
arrow_up UPWARDS BLACK ARROW
art ARTIST PALETTE
astonished ASTONISHED FACE
avocado AVOCADO
baby BABY
bacon BACON
balloon BALLOON
banana BANANA
bank BANK
bar_chart BAR CHART
bat BAT
battery BATTERY
bear BEAR FACE
beaver BEAVER
bee HONEYBEE
beer BEER MUG
beers CLINKING BEER MUGS
bell BELL
bike BICYCLE
bird BIRD
birthday BIRTHDAY CAKE
blossom BLOSSOM
blue_heart BLUE HEART
blush SMILING FACE WITH SMILING EYES
boat SAILBOAT
bomb BOMB
book OPEN BOOK
bookmark BOOKMARK
books BOOKS
boom COLLISION SYMBOL
bow PERSON BOWING DEEPLY
boy BOY
brain BRAIN
bread BREAD
broken_heart BROKEN HEART
broom BROOM
bug BUG
bulb ELECTRIC LIGHT BULB
bus BUS
butterfly BUTTERFLY
cactus CACTUS
cake SHORTCAKE
calendar CALENDAR
calling MOBILE PHONE WITH RIGHTWARDS ARROW AT LEFT
camera CAMERA
candle CANDLE
candy CANDY
car AUTOMOBILE
cat CAT FACE
champagne BOTTLE WITH POPPING CORK
cheese CHEESE WEDGE
cherries CHERRIES
cherry_blossom CHERRY BLOSSOM
chicken CHICKEN
chocolate CHOCOLATE BAR
christmas_tree CHRISTMAS TREE
clap CLAPPING HANDS SIGN
clipboard CLIPBOARD
clock CLOCK FACE ONE OCLOCK
cloud CLOUD
clown CLOWN FACE
cocktail COCKTAIL GLASS
coffee HOT BEVERAGE
cold_sweat FACE WITH OPEN MOUTH AND COLD SWEAT
computer PERSONAL COMPUTER
confetti CONFETTI BALL
confounded CONFOUNDED FACE
confused CONFUSED FACE
construction CONSTRUCTION SIGN
cookie COOKIE
corn EAR OF MAIZE
cow COW FACE
crab CRAB
cricket CRICKET
croissant CROISSANT
crossed_fingers HAND WITH INDEX AND MIDDLE FINGERS CROSSED
crown CROWN
cry CRYING FACE
crystal_ball CRYSTAL BALL
cupcake CUPCAKE
cyclone CYCLONE
dancer DANCER
dart DIRECT HIT
dash DASH SYMBOL
deer DEER
diamond GEM STONE
dizzy DIZZY SYMBOL
dizzy_face DIZZY FACE
dna DNA DOUBLE HELIX
dog DOG FACE
dolphin DOLPHIN
donut DOUGHNUT
dove DOVE OF PEACE
dragon DRAGON
droplet DROPLET
duck DUCK
eagle EAGLE
ear EAR
earth_africa EARTH GLOBE EUROPE-AFRICA
earth_americas EARTH GLOBE AMERICAS
earth_asia EARTH GLOBE ASIA-AUSTRALIA
egg EGG
elephant ELEPHANT
envelope ENVELOPE
exclamation HEAVY EXCLAMATION MARK SYMBOL
exploding_head SHOCKED FACE WITH EXPLODING HEAD
expressionless EXPRESSIONLESS FACE
eye EYE
eyes EYES
face_palm FACE PALM
facepalm FACE PALM
fearful FEARFUL FACE
fire FIRE
fireworks FIREWORKS
fish FISH
fist RAISED FIST
flag WAVING BLACK FLAG
flashlight ELECTRIC TORCH
floppy FLOPPY DISK
flushed FLUSHED FACE
fork_and_knife FORK AND KNIFE
fox FOX FACE
fries FRENCH FRIES
frog FROG FACE
frowning FROWNING FACE WITH OPEN MOUTH
game VIDEO GAME
garlic GARLIC
gear GEAR
gem GEM STONE
ghost GHOST
gift WRAPPED PRESENT
girl GIRL
globe GLOBE WITH MERIDIANS
goat GOAT
gorilla GORILLA
grapes GRAPES
green_apple GREEN APPLE
green_heart GREEN HEART
grimacing GRIMACING FACE
grin GRINNING FACE WITH SMILING EYES
grinning GRINNING FACE
guitar GUITAR
hamburger HAMBURGER
hammer HAMMER
hamster HAMSTER FACE
handshake HANDSHAKE
hatching_chick HATCHING CHICK
headphones HEADPHONE
heart HEAVY BLACK HEART
heart_eyes SMILING FACE WITH HEART-SHAPED EYES
hearts BLACK HEART SUIT
heavy_check_mark HEAVY CHECK MARK
hedgehog HEDGEHOG
herb HERB
horse HORSE FACE
hospital HOSPITAL
hourglass HOURGLASS
house HOUSE BUILDING
hug HUGGING FACE
hugs HUGGING FACE
hushed HUSHED FACE
ice_cream ICE CREAM
imp IMP
inbox INBOX TRAY
innocent SMILING FACE WITH HALO
joy FACE WITH TEARS OF JOY
key KEY
keyboard KEYBOARD
kiss KISS MARK
kissing KISSING FACE
kissing_heart FACE THROWING A KISS
knife HOCHO
label LABEL
ladybug LADY BEETLE
laughing SMILING FACE WITH OPEN MOUTH AND TIGHTLY-CLOSED EYES
leaves LEAF FLUTTERING IN WIND
lemon LEMON
link LINK SYMBOL
lion LION FACE
lips MOUTH
lizard LIZARD
lobster LOBSTER
lock LOCK
loudspeaker PUBLIC ADDRESS LOUDSPEAKER
mag LEFT-POINTING MAGNIFYING GLASS
magnet MAGNET
mailbox CLOSED MAILBOX WITH RAISED FLAG
man MAN
maple_leaf MAPLE LEAF
mask FACE WITH MEDICAL MASK
medal SPORTS MEDAL
mega CHEERING MEGAPHONE
memo MEMO
microphone MICROPHONE
microscope MICROSCOPE
milk GLASS OF MILK
money_bag MONEY BAG
monkey MONKEY FACE
moon CRESCENT MOON
mosquito MOSQUITO
mountain MOUNTAIN
mouse MOUSE FACE
movie_camera MOVIE CAMERA
muscle FLEXED BICEPS
mushroom MUSHROOM
music MULTIPLE MUSICAL NOTES
mute SPEAKER WITH CANCELLATION STROKE
nail_care NAIL POLISH
nerd NERD FACE
neutral_face NEUTRAL FACE
new_moon NEW MOON SYMBOL
newspaper NEWSPAPER
no_entry NO ENTRY
no_mouth FACE WITHOUT MOUTH
nose NOSE
notes MULTIPLE MUSICAL NOTES
ocean WATER WAVE
octopus OCTOPUS
ok OK HAND SIGN
ok_hand OK HAND SIGN
onion ONION
open_mouth FACE WITH OPEN MOUTH
orange TANGERINE
orange_heart ORANGE HEART
otter OTTER
owl OWL
ox OX
package PACKAGE
palm_tree PALM TREE
pancakes PANCAKES
panda PANDA FACE
paperclip PAPERCLIP
parrot PARROT
party FACE WITH PARTY HORN AND PARTY HAT
partying FACE WITH PARTY HORN AND PARTY HAT
paw PAW PRINTS
peach PEACH
peanuts PEANUTS
pear PEAR
pen LOWER LEFT BALLPOINT PEN
pencil PENCIL
penguin PENGUIN
pensive PENSIVE FACE
pepper HOT PEPPER
persevere PERSEVERING FACE
phone BLACK TELEPHONE
piano MUSICAL KEYBOARD
pick PICK
pig PIG FACE
pill PILL
pinching PINCHING HAND
pineapple PINEAPPLE
pizza SLICE OF PIZZA
pleading FACE WITH PLEADING EYES
point_down WHITE DOWN POINTING BACKHAND INDEX
point_left WHITE LEFT POINTING BACKHAND INDEX
point_right WHITE RIGHT POINTING BACKHAND INDEX
point_up WHITE UP POINTING BACKHAND INDEX
police POLICE OFFICER
poop PILE OF POO
popcorn POPCORN
postbox POSTBOX
potato POTATO
pouting_cat POUTING CAT FACE
pray PERSON WITH FOLDED HANDS
printer PRINTER
punch FISTED HAND SIGN
purple_heart PURPLE HEART
pushpin PUSHPIN
question BLACK QUESTION MARK ORNAMENT
rabbit RABBIT FACE
racehorse HORSE
radio RADIO
radioactive RADIOACTIVE SIGN
rage POUTING FACE
rain CLOUD WITH RAIN
rainbow RAINBOW
raised_hand RAISED HAND
raised_hands PERSON RAISING BOTH HANDS IN CELEBRATION
ram RAM
rat RAT
recycle BLACK UNIVERSAL RECYCLING SYMBOL
red_circle LARGE RED CIRCLE
relaxed WHITE SMILING FACE
relieved RELIEVED FACE
rice COOKED RICE
ring RING
robot ROBOT FACE
rocket ROCKET
rofl ROLLING ON THE FLOOR LAUGHING
rolling_eyes FACE WITH ROLLING EYES
rose ROSE
runner RUNNER
salt SALT SHAKER
salute SALUTING FACE
sandwich SANDWICH
santa FATHER CHRISTMAS
satellite SATELLITE ANTENNA
sauropod SAUROPOD
scissors BLACK SCISSORS
scream FACE SCREAMING IN FEAR
seedling SEEDLING
see_no_evil SEE-NO-EVIL MONKEY
shamrock SHAMROCK
shark SHARK
sheep SHEEP
shell SPIRAL SHELL
shield SHIELD
ship SHIP
shrimp SHRIMP
shrug SHRUG
shushing FACE WITH FINGER COVERING CLOSED LIPS
skull SKULL
sleeping SLEEPING FACE
sleepy SLEEPY FACE
slight_smile SLIGHTLY SMILING FACE
sloth SLOTH
smile SMILING FACE WITH OPEN MOUTH AND SMILING EYES
smiley SMILING FACE WITH OPEN MOUTH
smirk SMIRKING FACE
snail SNAIL
snake SNAKE
sneezing SNEEZING FACE
snowflake SNOWFLAKE
snowman SNOWMAN WITHOUT SNOW
sob LOUDLY CRYING FACE
soccer SOCCER BALL
sparkles SPARKLES
sparkling_heart SPARKLING HEART
speech SPEECH BALLOON
spider SPIDER
squid SQUID
star WHITE MEDIUM STAR
star2 GLOWING STAR
stars SHOOTING STAR
stop OCTAGONAL SIGN
strawberry STRAWBERRY
sun BLACK SUN WITH RAYS
sunflower SUNFLOWER
sunglasses SMILING FACE WITH SUNGLASSES
sunrise SUNRISE
sushi SUSHI
swan SWAN
sweat FACE WITH COLD SWEAT
sweat_drops SPLASHING SWEAT SYMBOL
sweat_smile SMILING FACE WITH OPEN MOUTH AND COLD SWEAT
tada PARTY POPPER
taxi TAXI
tea TEACUP WITHOUT HANDLE
telescope TELESCOPE
tent TENT
test_tube TEST TUBE
thinking THINKING FACE
thought THOUGHT BALLOON
thumbsdown THUMBS DOWN SIGN
thumbsup THUMBS UP SIGN
ticket TICKET
tiger TIGER FACE
tired_face TIRED FACE
toilet TOILET
tomato TOMATO
tongue FACE WITH STUCK-OUT TONGUE
tooth TOOTH
tractor TRACTOR
train STEAM LOCOMOTIVE
tree DECIDUOUS TREE
trex T-REX
trophy TROPHY
tropical_fish TROPICAL FISH
trumpet TRUMPET
truck DELIVERY TRUCK
tulip TULIP
turkey TURKEY
turtle TURTLE
tv TELEVISION
umbrella UMBRELLA
unamused UNAMUSED FACE
unicorn UNICORN FACE
unlock OPEN LOCK
upside_down UPSIDE-DOWN FACE
v VICTORY HAND
vampire VAMPIRE
violin VIOLIN
volcano VOLCANO
vulcan RAISED HAND WITH PART BETWEEN MIDDLE AND RING FINGERS
warning WARNING SIGN
watch WATCH
watermelon WATERMELON
wave WAVING HAND SIGN
weary WEARY FACE
whale SPOUTING WHALE
wheelchair WHEELCHAIR SYMBOL
white_check_mark WHITE HEAVY CHECK MARK
wine WINE GLASS
wink WINKING FACE
wolf WOLF FACE
woman WOMAN
worried WORRIED FACE
wrench WRENCH
x CROSS MARK
yawning YAWNING FACE
yellow_heart YELLOW HEART
yum FACE SAVOURING DELICIOUS FOOD
zany GRINNING FACE WITH ONE LARGE AND ONE SMALL EYE
zap HIGH VOLTAGE SIGN
zebra ZEBRA FACE
zipper_mouth ZIPPER-MOUTH FACE
zombie ZOMBIE
zzz SLEEPING SYMBOL
"""

rows = [line.split(" ", 1) for line in NAMES.strip().splitlines()]
with open("src/ui/emoji_table.h", "w", encoding="ascii") as out:
    out.write("/* Written by scripts/emoji.py: change it there. In order of name. */\n/* clang-format off */\n")
    for name, called in sorted(rows):
        out.write(f'{{"{name}", 0x{ord(unicodedata.lookup(called)):X}}},\n')
